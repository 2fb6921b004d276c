//! Expressions: precedence climbing with one flat node per chain of one level.

use super::{K, POSTFIX_MAX, Parser};
use crate::diagnostic::Code;
use crate::kind::SyntaxKind;

/// Binding strength of binary operators (LANGUAGE §3), loosest first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Level {
    Or,
    And,
    Not,
    Compare,
    Range,
    BitOr,
    BitXor,
    BitAnd,
    Shift,
    Sum,
    Product,
    /// Prefix operators: no binary operator binds tighter but `**`.
    Prefix,
}

impl Level {
    /// The level of the right operand of a left-associative operator.
    const fn tighter(self) -> Self {
        match self {
            Self::Or => Self::And,
            Self::And => Self::Not,
            Self::Not => Self::Compare,
            Self::Compare => Self::Range,
            Self::Range => Self::BitOr,
            Self::BitOr => Self::BitXor,
            Self::BitXor => Self::BitAnd,
            Self::BitAnd => Self::Shift,
            Self::Shift => Self::Sum,
            Self::Sum => Self::Product,
            Self::Product | Self::Prefix => Self::Prefix,
        }
    }
}

impl Parser<'_> {
    /// `expr {"," expr} [","]`: a bare tuple if there is a comma.
    pub(super) fn exprs(&mut self) {
        let checkpoint = self.checkpoint();
        self.expr();
        if self.at(K::Comma) {
            self.start_at(checkpoint, K::TupleExpr);
            while self.eat(K::Comma) {
                if !self.at_expr() {
                    break;
                }
                self.expr();
            }
            self.finish();
        }
    }

    /// Whether an expression can begin here.
    pub(super) fn at_expr(&self) -> bool {
        matches!(
            self.current(),
            K::IntNumber
                | K::FloatNumber
                | K::String
                | K::FStart
                | K::TrueKw
                | K::FalseKw
                | K::NoneKw
                | K::Ident
                | K::TypeKw
                | K::MainKw
                | K::LParen
                | K::LBracket
                | K::LBrace
                | K::LambdaKw
                | K::Minus
                | K::Plus
                | K::Tilde
                | K::NotKw
                | K::Bang
                | K::ErrorToken
                | K::SecretKw
        )
    }

    /// `lambda …: …`, or a conditional.
    pub(super) fn expr(&mut self) {
        if self.at(K::LambdaKw) {
            return self.lambda();
        }
        let checkpoint = self.checkpoint();
        self.binary(Level::Or);
        if !self.at(K::IfKw) {
            return;
        }
        if !self.enter() {
            return self.skip_operand();
        }
        self.start_at(checkpoint, K::CondExpr);
        self.bump();
        self.binary(Level::Or);
        if self.eat(K::ElseKw) {
            self.expr();
        } else {
            self.unexpected("`else`");
            self.missing(K::ErrorExpr);
        }
        self.finish();
        self.leave();
    }

    fn lambda(&mut self) {
        if !self.enter() {
            return self.skip_operand();
        }
        self.start(K::LambdaExpr);
        self.bump();
        if !self.at(K::Colon) {
            self.name(false);
            while self.eat(K::Comma) {
                self.name(false);
            }
        }
        if self.eat(K::Colon) {
            self.expr();
        } else {
            self.unexpected("`:`");
            self.missing(K::ErrorExpr);
        }
        self.finish();
        self.leave();
    }

    /// The level of the binary operator here.
    fn operator_level(&self) -> Option<Level> {
        Some(match self.current() {
            K::OrKw | K::XorKw | K::PipePipe => Level::Or,
            K::AndKw | K::AmpAmp => Level::And,
            K::EqEq | K::NotEq | K::Lt | K::LtEq | K::Gt | K::GtEq | K::InKw | K::EqEqEq => Level::Compare,
            K::NotKw if self.nth(1) == K::InKw => Level::Compare,
            K::Ident if self.nth_text(0) == "is" => Level::Compare,
            K::DotDot => Level::Range,
            K::Pipe => Level::BitOr,
            K::Caret => Level::BitXor,
            K::Amp => Level::BitAnd,
            K::Shl | K::Shr => Level::Shift,
            K::Plus | K::Minus | K::PlusPercent | K::MinusPercent => Level::Sum,
            K::Star
            | K::Slash
            | K::SlashSlash
            | K::Percent
            | K::At
            | K::StarPercent
            | K::ModKw
            | K::ShlKw
            | K::ShrKw => Level::Product,
            _ => return None,
        })
    }

    /// An operand followed by operators of `min` and tighter levels.
    pub(super) fn binary(&mut self, min: Level) {
        let checkpoint = self.checkpoint();
        if matches!(self.current(), K::NotKw | K::Bang) && min <= Level::Not {
            self.prefix(Level::Not);
        } else {
            self.unary();
        }
        while let Some(level) = self.operator_level().filter(|&level| level >= min) {
            let node = match level {
                Level::Compare => K::CompareExpr,
                Level::Range => K::RangeExpr,
                _ => K::BinaryExpr,
            };
            self.start_at(checkpoint, node);
            while self.operator_level() == Some(level) {
                self.operator(level);
                self.binary(level.tighter());
                if level == Level::Range {
                    break;
                }
            }
            self.finish();
            if level == Level::Range && self.at(K::DotDot) {
                self.unexpected("no second `..`");
                return;
            }
        }
    }

    fn operator(&mut self, level: Level) {
        self.increment();
        if level != Level::Compare {
            return self.bump();
        }
        self.start(K::CompareOp);
        let first = self.current();
        self.bump();
        match first {
            K::NotKw => self.bump(),
            K::Ident if self.at(K::NotKw) => self.bump(),
            _ => {}
        }
        self.finish();
    }

    /// E0111 for `++` and `--` after an operand.
    fn increment(&mut self) {
        let kind = self.current();
        let adjacent = self.token_span(self.pos).end == self.token_span(self.pos + 1).start;
        if matches!(kind, K::Plus | K::Minus) && self.nth(1) == kind && adjacent {
            let mut span = self.token_span(self.pos);
            span.end += 1;
            let (message, help) = match kind {
                K::Plus => ("`++` is no operator here", "write `x += 1`"),
                _ => ("`--` is no operator here", "write `x -= 1`, or `x - -y` with a blank"),
            };
            self.report(Code::E0111, span, message).help = Some(help.to_owned());
            self.mark_bad();
        }
    }

    /// A prefix operator whose operand is of `level`.
    fn prefix(&mut self, level: Level) {
        if !self.enter() {
            return self.skip_operand();
        }
        self.start(K::UnaryExpr);
        self.bump();
        match level {
            Level::Prefix => self.unary(),
            level => self.binary(level),
        }
        self.finish();
        self.leave();
    }

    /// Prefix operators, calls, fields, indices and `**`.
    fn unary(&mut self) {
        if matches!(self.current(), K::Minus | K::Plus | K::Tilde | K::NotKw | K::Bang) {
            return self.prefix(Level::Prefix);
        }
        let checkpoint = self.checkpoint();
        self.postfix();
        if self.at(K::StarStar) {
            if !self.enter() {
                return self.skip_operand();
            }
            self.start_at(checkpoint, K::PowerExpr);
            self.bump();
            self.unary();
            self.finish();
            self.leave();
        }
    }

    fn postfix(&mut self) {
        let checkpoint = self.checkpoint();
        self.primary();
        for _ in 0..POSTFIX_MAX {
            match self.current() {
                K::Dot => {
                    self.start_at(checkpoint, K::FieldExpr);
                    self.bump();
                    self.name(true);
                    self.finish();
                }
                K::LParen | K::LBracket => {
                    if !self.enter() {
                        return self.skip_group(K::Skipped);
                    }
                    if self.at(K::LParen) {
                        self.start_at(checkpoint, K::CallExpr);
                        self.arg_list();
                    } else {
                        self.start_at(checkpoint, K::IndexExpr);
                        self.sub_list();
                    }
                    self.finish();
                    self.leave();
                }
                _ => return,
            }
        }
        if matches!(self.current(), K::Dot | K::LParen | K::LBracket) {
            self.report_too_deep(self.pos);
            self.skip_operand();
        }
    }

    fn arg_list(&mut self) {
        self.start(K::ArgList);
        self.delimited("`,` or `)`", |parser| {
            parser.start(K::Arg);
            let named = matches!(parser.current(), K::Ident | K::TypeKw | K::MainKw)
                && matches!(parser.nth(1), K::Colon | K::Eq);
            if named {
                parser.leaf(K::Name);
                parser.bump();
            }
            parser.expr();
            parser.finish();
        });
        self.finish();
    }

    fn sub_list(&mut self) {
        self.start(K::SubList);
        let opening = self.pos;
        let region = self.region(opening);
        let item = if region.types { Self::ty } else { Self::sub };
        if self.delimited("`,` or `]`", item) == 0 {
            self.unexpected_at(opening, "an index in the brackets");
        }
        self.finish();
    }

    /// An index, or a slice.
    fn sub(&mut self) {
        let checkpoint = self.checkpoint();
        if !self.at(K::Colon) {
            self.expr();
        }
        if self.at(K::Colon) {
            self.start_at(checkpoint, K::Slice);
            self.bump();
            self.slice_part();
            if self.eat(K::Colon) {
                self.slice_part();
            }
            self.finish();
        }
    }

    fn slice_part(&mut self) {
        if !matches!(self.current(), K::Colon | K::Comma | K::RBracket | K::Newline | K::Eof) {
            self.expr();
        }
    }

    fn primary(&mut self) {
        match self.current() {
            K::IntNumber => self.leaf(K::IntLit),
            K::FloatNumber => self.leaf(K::FloatLit),
            K::String => self.leaf(K::StringLit),
            K::FStart => self.formatted(),
            K::TrueKw | K::FalseKw => self.leaf(K::BoolLit),
            K::NoneKw => self.leaf(K::NoneLit),
            K::Ident | K::TypeKw | K::MainKw => self.leaf(K::NameExpr),
            K::ErrorToken => self.leaf(K::ErrorExpr),
            K::LParen => self.bracketed(Self::parens),
            K::LBracket => self.bracketed(Self::list),
            K::LBrace => self.bracketed(Self::dict),
            K::SecretKw => {
                self.stray_secret();
                self.primary();
            }
            _ => {
                self.unexpected("an expression");
                self.missing(K::ErrorExpr);
            }
        }
    }

    /// `secret` outside a type, with those that follow.
    pub(super) fn stray_secret(&mut self) {
        self.report_secret();
        self.start(K::Skipped);
        while self.eat(K::SecretKw) {}
        self.finish();
    }

    fn bracketed(&mut self, inside: fn(&mut Self)) {
        if !self.enter() {
            return self.skip_group(K::ErrorExpr);
        }
        inside(self);
        self.leave();
    }

    /// `(e)`, `(e,)`, `(a, b)`
    fn parens(&mut self) {
        let checkpoint = self.checkpoint();
        let opening = self.pos;
        self.bump();
        let end = self.region(opening).end;
        let mut comma = false;
        let mut n_items = 0;
        while self.pos < end {
            self.expr();
            n_items += 1;
            if self.pos < end && !self.at(K::Comma) {
                self.unexpected("`,` or `)`");
                self.skip_until(end, |parser| parser.at(K::Comma));
            }
            comma |= self.eat(K::Comma);
        }
        self.close(opening);
        if n_items == 0 {
            self.unexpected_at(opening, "an expression in the brackets");
        }
        self.start_at(checkpoint, if n_items == 1 && !comma { K::ParenExpr } else { K::TupleExpr });
        self.finish();
    }

    /// `[a, b]`, `[e for …]`
    fn list(&mut self) {
        let checkpoint = self.checkpoint();
        let opening = self.pos;
        let end = self.region(opening).end;
        self.bump();
        if self.pos < end {
            self.expr();
        }
        let node = if self.pos < end && self.at(K::ForKw) {
            self.clauses(end);
            K::ListComp
        } else {
            self.items(end, Self::expr);
            K::ListExpr
        };
        self.close(opening);
        self.start_at(checkpoint, node);
        self.finish();
    }

    /// `{k: v}`, `{k: v for …}`
    fn dict(&mut self) {
        let checkpoint = self.checkpoint();
        let opening = self.pos;
        let end = self.region(opening).end;
        self.bump();
        if self.pos < end {
            self.pair();
        }
        let node = if self.pos < end && self.at(K::ForKw) {
            self.clauses(end);
            K::DictComp
        } else {
            self.items(end, Self::pair);
            K::DictExpr
        };
        self.close(opening);
        self.start_at(checkpoint, node);
        self.finish();
    }

    /// `{"," item} [","]` up to `end`, after the first item.
    fn items(&mut self, end: usize, item: fn(&mut Self)) {
        while self.pos < end {
            if !self.at(K::Comma) {
                self.unexpected("`,` or the closing bracket");
                self.skip_until(end, |parser| parser.at(K::Comma));
            }
            if self.eat(K::Comma) && self.pos < end {
                item(self);
            }
        }
    }

    fn pair(&mut self) {
        self.start(K::DictPair);
        self.expr();
        if self.eat(K::Colon) {
            self.expr();
        } else {
            self.unexpected("`:` and a value");
        }
        self.finish();
    }

    /// `for … in …` and `if …`, up to `end`.
    fn clauses(&mut self, end: usize) {
        while self.pos < end {
            match self.current() {
                K::ForKw => {
                    self.start(K::ForClause);
                    self.bump();
                    self.patterns();
                    if self.eat(K::InKw) {
                        self.binary(Level::Or);
                    } else {
                        self.unexpected("`in`");
                    }
                    self.finish();
                }
                K::IfKw => {
                    self.start(K::IfClause);
                    self.bump();
                    self.binary(Level::Or);
                    self.finish();
                }
                _ => {
                    self.unexpected("`for`, `if` or the closing bracket");
                    self.skip_until(end, |parser| matches!(parser.current(), K::ForKw | K::IfKw));
                }
            }
        }
    }

    /// A formatted string.
    fn formatted(&mut self) {
        let opening = self.pos;
        self.start(K::FString);
        let end = self.region(opening).end;
        self.bump();
        while self.pos < end {
            match self.current() {
                K::HoleOpen => self.hole(),
                _ => self.bump(),
            }
        }
        self.close(opening);
        self.finish();
    }

    fn hole(&mut self) {
        let opening = self.pos;
        if !self.enter() {
            return self.skip_group(K::Skipped);
        }
        self.start(K::Hole);
        self.bump();
        let end = self.region(opening).end;
        if self.pos < end && !self.at(K::HoleColon) {
            self.expr();
        } else {
            // E0108 has been given.
            self.missing(K::ErrorExpr);
        }
        if self.pos < end && !self.at(K::HoleColon) {
            self.unexpected("`:` or `}`");
            self.skip_until(end, |parser| parser.at(K::HoleColon));
        }
        if self.eat(K::HoleColon) {
            self.eat(K::FormatSpec);
        }
        self.close(opening);
        self.finish();
        self.leave();
    }

    /// What is too deep: up to the next comma or closing bracket, or the end of the line.
    pub(super) fn skip_operand(&mut self) {
        self.start(K::ErrorExpr);
        while !ends_operand(self.current()) {
            self.bump_group();
        }
        self.finish();
    }
}

/// Whether no operand goes on past this token.
const fn ends_operand(kind: SyntaxKind) -> bool {
    matches!(
        kind,
        K::Newline
            | K::Eof
            | K::Comma
            | K::RParen
            | K::RBracket
            | K::RBrace
            | K::RPragma
            | K::HoleColon
            | K::HoleClose
            | K::FEnd
    )
}
