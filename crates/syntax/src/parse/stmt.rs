//! Statements.

use super::block::Header;
use super::{K, Parser};
use crate::diagnostic::Code;
use crate::layout::{opens_const, opens_match};

/// Statement words of other languages, with what to write instead (LANGUAGE §1.3).
const FOREIGN_WORDS: [(&str, &str); 11] = [
    ("try", "there are no exceptions: a trap ends the run; check before, with `if`"),
    ("except", "there are no exceptions: a trap ends the run; check before, with `if`"),
    ("finally", "there are no exceptions: a trap ends the run"),
    ("raise", "there are no exceptions: `assert False, \"message\"` ends the run"),
    ("with", "open what you need with a `var`"),
    ("yield", "there are no generators: return a list"),
    ("del", "use `delete(xs, i)`, `remove(d, k)` or `clear(x)`"),
    ("global", "pass what a function needs as a parameter, or use `const`"),
    ("nonlocal", "a nested function captures variables by reference without a declaration"),
    ("let", "write `var`, or `const` for a compile-time constant"),
    ("proc", "write `def`"),
];

impl Parser<'_> {
    /// Whether a compound statement begins here.
    pub(super) fn at_compound(&self) -> bool {
        match self.current() {
            K::DefKw
            | K::ObjectKw
            | K::EnumKw
            | K::IfKw
            | K::WhileKw
            | K::ForKw
            | K::BuiltinKw
            | K::ElifKw
            | K::ElseKw => true,
            K::Ident => self.at_word("match") && opens_match(self.nth(1)),
            _ => false,
        }
    }

    /// A statement with its line end.
    pub(super) fn statement(&mut self) {
        match self.current() {
            K::DefKw => self.func(),
            K::ObjectKw => self.object(),
            K::EnumKw => self.enumeration(),
            K::BuiltinKw => self.builtin(),
            K::IfKw => self.if_stmt(),
            K::WhileKw => self.while_stmt(),
            K::ForKw => self.for_stmt(),
            K::ElifKw | K::ElseKw => self.stray_branch(),
            K::SecretKw => {
                self.stray_secret();
                if self.at_end_of_line() {
                    self.end_statement();
                } else {
                    self.statement();
                }
            }
            K::Ident if self.at_word("match") && opens_match(self.nth(1)) => self.match_stmt(),
            K::Ident => match FOREIGN_WORDS.iter().find(|(word, _)| *word == self.nth_text(0)) {
                Some((word, help)) => self.foreign(word, help),
                None => self.simple_line(),
            },
            _ => self.simple_line(),
        }
    }

    /// A simple statement and its line end.
    pub(super) fn simple_line(&mut self) {
        if let K::Ident = self.current()
            && let Some((word, help)) = FOREIGN_WORDS.iter().find(|(word, _)| *word == self.nth_text(0))
        {
            return self.foreign(word, help);
        }
        self.simple();
        // Another statement behind `;` is read like one on its own line.
        while self.at(K::Semicolon) {
            self.unexpected("the end of the line");
            self.leaf(K::Skipped);
            if !self.at_end_of_line() && !self.at_compound() {
                self.simple();
            }
        }
        self.end_statement();
    }

    /// The end of a statement's line; after an error, also the block that a line ending in `:` seems to open.
    pub(super) fn end_statement(&mut self) {
        let line = self.line_at(self.pos);
        let column = self.column_at(self.pos);
        if !self.at_end_of_line() {
            self.unexpected("the end of the line");
            self.skip_line();
        }
        let colon = self.pos > 0 && self.kind_at(self.pos - 1) == K::Colon;
        self.eat(K::Newline);
        if colon && (self.unexpected_line == Some(line) || self.line_is_bad(line)) {
            self.skip_deeper(column);
        }
    }

    fn simple(&mut self) {
        match self.current() {
            K::ImportKw => self.import(),
            K::VarKw => self.var(),
            K::ReturnKw => {
                self.start(K::ReturnStmt);
                self.bump();
                if !self.at_end_of_line() {
                    self.exprs();
                }
                self.finish();
            }
            K::BreakKw => self.leaf(K::BreakStmt),
            K::ContinueKw => self.leaf(K::ContinueStmt),
            K::PassKw => self.leaf(K::PassStmt),
            K::DiscardKw => {
                self.start(K::DiscardStmt);
                self.bump();
                self.expr();
                self.finish();
            }
            K::TypeKw if self.nth(1) == K::Ident => self.alias(),
            K::Ident if self.nth(1) == K::Colon && matches!(self.nth(2), K::Ident | K::SecretKw | K::LParen) => {
                self.var_without_word();
            }
            K::Ident if self.at_word("assert") && opens_match(self.nth(1)) => self.assertion(),
            K::Ident if self.at_word("const") && opens_const(self.nth(1)) => self.constant(),
            K::Ident if self.at_word("from") && opens_const(self.nth(1)) => self.import_from(),
            K::SecretKw => {
                self.stray_secret();
                if !self.at_end_of_line() {
                    self.simple();
                }
            }
            _ if self.at_expr() => self.expression(),
            _ => {
                self.start(K::ErrorStmt);
                self.unexpected("a statement");
                self.skip_line();
                self.finish();
            }
        }
    }

    /// An expression, or an assignment to it.
    fn expression(&mut self) {
        let checkpoint = self.checkpoint();
        self.exprs();
        match self.current() {
            K::Eq => {
                self.start_at(checkpoint, K::AssignStmt);
                self.bump();
                self.exprs();
            }
            kind if kind.is_aug_op() => {
                self.start_at(checkpoint, K::AugAssignStmt);
                self.bump();
                self.expr();
            }
            _ => self.start_at(checkpoint, K::ExprStmt),
        }
        self.finish();
    }

    /// A statement word of another language. `let` and `proc` are read on as what they mean.
    fn foreign(&mut self, word: &str, help: &str) {
        let span = self.token_span(self.pos);
        self.report(Code::E0112, span, format!("there is no statement `{word}`")).help = Some(help.to_owned());
        self.mark_bad();
        match word {
            "let" if self.nth(1) == K::Ident => {
                self.var();
                self.end_statement();
            }
            "proc" if self.nth(1) == K::Ident => self.func(),
            _ => {
                let header = self.header();
                self.start(K::ErrorStmt);
                self.skip_line();
                if self.pos > 0 && self.kind_at(self.pos - 1) == K::Colon {
                    // Without a colon in the header, a missing block is no second error.
                    self.block(header, false);
                } else {
                    self.eat(K::Newline);
                }
                self.finish();
            }
        }
    }

    /// `elif` or `else` without its `if`.
    fn stray_branch(&mut self) {
        let mut header = self.header();
        self.start(K::ErrorStmt);
        let word = self.nth_text(0);
        self.reject(self.pos, self.token_span(self.pos), format!("`{word}` without an `if` before it"));
        self.bump();
        self.skip_until(usize::MAX, |parser| parser.at(K::Colon) || parser.at_end_of_line());
        header_colon(self, &mut header);
        self.block(header, false);
        self.finish();
    }

    fn if_stmt(&mut self) {
        let mut header = self.header();
        self.start(K::IfStmt);
        self.branch(&mut header);
        loop {
            if self.continues(header, K::ElifKw) {
                let mut own = self.header();
                self.branch(&mut own);
            } else if self.continues(header, K::ElseKw) {
                let mut own = self.header();
                self.start(K::ElseBranch);
                self.bump();
                self.colon(&mut own);
                self.block(own, false);
                self.finish();
                break;
            } else {
                break;
            }
        }
        self.finish();
    }

    /// `if c: …` or `elif c: …`
    fn branch(&mut self, header: &mut Header) {
        self.start(K::IfBranch);
        self.bump();
        self.expr();
        self.colon(header);
        self.block(*header, false);
        self.finish();
    }

    fn while_stmt(&mut self) {
        let mut header = self.header();
        self.start(K::WhileStmt);
        self.bump();
        self.expr();
        self.colon(&mut header);
        self.block(header, false);
        self.finish();
    }

    fn for_stmt(&mut self) {
        let mut header = self.header();
        self.start(K::ForStmt);
        self.bump();
        self.patterns();
        if self.eat(K::InKw) {
            self.exprs();
        } else {
            self.unexpected("`in`");
        }
        self.colon(&mut header);
        self.block(header, false);
        self.finish();
    }

    fn match_stmt(&mut self) {
        let mut header = self.header();
        self.start(K::MatchStmt);
        self.bump();
        self.expr();
        self.colon(&mut header);
        let mut wildcard = None;
        self.members(header, "`match`", |parser| {
            if !parser.at_word("case") {
                parser.unexpected("`case`");
                return parser.skip_member();
            }
            if let Some(span) = wildcard.take() {
                parser.report(Code::E0116, span, "`case _` takes everything and has to be last");
            }
            if parser.nth(1) == K::Ident && parser.nth_text(1) == "_" && parser.nth(2) == K::Colon {
                let mut span = parser.token_span(parser.pos);
                span.end = parser.token_span(parser.pos + 1).end;
                wildcard = Some(span);
            }
            parser.arm();
        });
        self.finish();
    }

    /// A line that is no member, with the block that it may open.
    pub(super) fn skip_member(&mut self) {
        let column = self.column_at(self.pos);
        self.start(K::ErrorStmt);
        self.skip_line();
        self.eat(K::Newline);
        self.skip_deeper(column);
        self.finish();
    }

    fn arm(&mut self) {
        let mut header = self.header();
        self.start(K::MatchArm);
        self.bump();
        let pattern = self.pos;
        self.expr();
        self.number_pattern(pattern);
        self.colon(&mut header);
        self.block(header, false);
        self.finish();
    }

    /// W0104 for integers joined by `or` or `|`.
    fn number_pattern(&mut self, start: usize) {
        let mut joined = false;
        for pos in start..self.pos {
            match self.kind_at(pos) {
                K::OrKw | K::Pipe => joined = true,
                K::IntNumber | K::LParen | K::RParen | K::Minus => {}
                _ => return,
            }
        }
        if joined {
            let mut span = self.token_span(start);
            span.end = self.token_span(self.pos - 1).end;
            self.report(Code::W0104, span, "this pattern is one number, the bitwise `or` of these").help =
                Some("write one `case` for each number".to_owned());
        }
    }

    fn var(&mut self) {
        self.start(K::VarStmt);
        self.bump();
        let several = !(self.at(K::Ident) && self.nth(1) != K::Comma);
        self.patterns();
        if !several && self.eat(K::Colon) {
            self.ty();
        }
        if self.eat(K::Eq) {
            self.exprs();
        } else if several {
            self.unexpected("`=`");
        }
        self.finish();
    }

    /// `x: T = e`: E0110, read as the declaration that it is elsewhere.
    fn var_without_word(&mut self) {
        self.start(K::VarStmt);
        let at_name = self.pos;
        self.leaf(K::NamePattern);
        let message = "expected `=` or the end of the line, found `:`".to_owned();
        if self.reject(at_name, self.token_span(self.pos), message)
            && let Some(found) = self.diagnostics.last_mut()
        {
            found.help = Some("declare a variable with `var`".to_owned());
        }
        self.bump();
        self.ty();
        if self.eat(K::Eq) {
            self.exprs();
        }
        self.finish();
    }

    fn constant(&mut self) {
        self.start(K::ConstStmt);
        self.bump();
        self.name(false);
        if self.eat(K::Colon) {
            self.ty();
        }
        if self.eat(K::Eq) {
            self.expr();
        } else {
            self.unexpected("`=` and a value");
        }
        self.finish();
    }

    fn alias(&mut self) {
        self.start(K::AliasStmt);
        self.bump();
        self.name(false);
        if self.eat(K::Eq) {
            self.ty();
        } else {
            self.unexpected("`=` and a type");
        }
        self.finish();
    }

    fn assertion(&mut self) {
        self.start(K::AssertStmt);
        self.bump();
        self.expr();
        if self.eat(K::Comma) {
            self.expr();
        }
        self.finish();
    }

    fn import(&mut self) {
        self.start(K::ImportStmt);
        self.bump();
        self.module_path();
        if self.eat(K::AsKw) {
            self.name(false);
        }
        self.finish();
    }

    fn import_from(&mut self) {
        self.start(K::FromImportStmt);
        self.bump();
        self.module_path();
        if self.eat(K::ImportKw) {
            if self.at(K::LParen) {
                let opening = self.pos;
                if self.delimited("`,` or `)`", Self::import_name) == 0 {
                    self.unexpected_at(opening, "a name in the brackets");
                }
            } else {
                self.import_name();
                while self.eat(K::Comma) && !self.at_end_of_line() {
                    self.import_name();
                }
            }
        } else {
            self.unexpected("`import`");
        }
        self.finish();
    }

    fn import_name(&mut self) {
        self.start(K::ImportName);
        self.name(false);
        if self.eat(K::AsKw) {
            self.name(false);
        }
        self.finish();
    }

    fn module_path(&mut self) {
        self.start(K::ModulePath);
        if self.at(K::String) {
            self.leaf(K::StringLit);
        } else {
            self.name(false);
            while self.eat(K::Dot) {
                self.name(true);
            }
        }
        self.finish();
    }
}

fn header_colon(parser: &mut Parser<'_>, header: &mut Header) {
    if parser.at(K::Colon) {
        parser.colon(header);
    }
}
