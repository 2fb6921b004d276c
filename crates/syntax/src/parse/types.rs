//! Types and patterns.

use super::{K, Parser};
use crate::diagnostic::Code;

impl Parser<'_> {
    /// `[secret] tatom {?}`
    pub(super) fn ty(&mut self) {
        let checkpoint = self.checkpoint();
        if self.at(K::SecretKw) {
            self.secret_words();
            self.start_at(checkpoint, K::SecretType);
            self.type_atom();
            self.finish();
        } else {
            self.type_atom();
        }
        if self.at(K::Question) {
            self.start_at(checkpoint, K::OptionalType);
            while self.eat(K::Question) {}
            self.finish();
        }
    }

    /// `secret`; more than one, also across brackets that only group, is E0402.
    fn secret_words(&mut self) {
        self.bump();
        let mut ahead = 0;
        while self.nth(ahead) == K::LParen {
            ahead += 1;
        }
        if self.nth(ahead) == K::SecretKw && self.groups_one_type() {
            let span = self.token_span(self.pos + ahead);
            self.report(Code::E0402, span, "`secret secret` says no more than `secret`").help =
                Some("remove one `secret`".to_owned());
        }
        while self.eat(K::SecretKw) {}
    }

    /// Whether the brackets here hold one type, and no tuple or parameters.
    fn groups_one_type(&self) -> bool {
        let mut pos = self.pos;
        while let Some(Some(region)) = self.layout.regions.get(pos) {
            let has_comma = self.commas_between(pos + 1, region.end);
            let is_function = self.kind_at(region.end + 1) == K::Arrow;
            if has_comma || is_function {
                return false;
            }
            pos += 1;
        }
        true
    }

    pub(super) fn kind_at(&self, pos: usize) -> crate::kind::SyntaxKind {
        self.layout.significant.get(pos).map_or(K::Eof, |&at| self.layout.tokens[at].kind)
    }

    /// Whether a comma stands between two places, outside brackets that open there.
    fn commas_between(&self, from: usize, to: usize) -> bool {
        let mut pos = from;
        while pos < to {
            if self.kind_at(pos) == K::Comma {
                return true;
            }
            pos = self.layout.regions[pos].map_or(pos, |region| region.end) + 1;
        }
        false
    }

    fn type_atom(&mut self) {
        match self.current() {
            K::Ident => self.path_type(),
            K::LParen => self.bracketed_type(),
            K::ErrorToken => {
                self.start(K::ErrorType);
                self.bump();
                self.finish();
            }
            _ => {
                self.unexpected("a type");
                self.missing(K::ErrorType);
            }
        }
    }

    /// `NAME {. NAME} [ "[" … "]" ]`
    fn path_type(&mut self) {
        self.start(K::PathType);
        self.name(false);
        while self.eat(K::Dot) {
            self.name(true);
        }
        if self.at(K::LBracket) {
            if self.enter() {
                self.start(K::TypeArgs);
                if self.region(self.pos).end == self.pos + 1 {
                    self.bump();
                    self.unexpected("a type");
                    self.close(self.pos - 1);
                } else {
                    self.delimited("`,` or `]`", Self::type_arg);
                }
                self.finish();
                self.leave();
            } else {
                self.skip_group(K::Skipped);
            }
        }
        self.finish();
    }

    /// A type, or a constant where the tokens up to the next comma can be no type.
    fn type_arg(&mut self) {
        if self.is_type_here() { self.ty() } else { self.expr() }
    }

    /// Whether the tokens up to the next comma or closing bracket may be a type.
    fn is_type_here(&self) -> bool {
        let mut pos = self.pos;
        let mut depth = 0usize;
        loop {
            match self.kind_at(pos) {
                K::Ident | K::SecretKw | K::Question | K::Arrow | K::Dot | K::NoneKw => pos += 1,
                kind if kind.is_keyword() && pos > self.pos && self.kind_at(pos - 1) == K::Dot => pos += 1,
                K::Comma if depth > 0 => pos += 1,
                K::LBracket if pos > self.pos => match self.layout.regions[pos] {
                    Some(region) => pos = region.end + usize::from(region.closed),
                    None => return true,
                },
                K::LParen => {
                    depth += 1;
                    pos += 1;
                }
                K::RParen if depth > 0 => {
                    depth -= 1;
                    pos += 1;
                }
                K::Comma | K::RBracket | K::RParen | K::RBrace | K::Newline | K::Eof | K::HoleClose => {
                    return pos > self.pos;
                }
                _ => return false,
            }
        }
    }

    /// `(T)`, a tuple type, or a function type.
    fn bracketed_type(&mut self) {
        if !self.enter() {
            return self.skip_group(K::ErrorType);
        }
        let checkpoint = self.checkpoint();
        let opening = self.pos;
        let n_types = self.delimited("`,` or `)`", Self::ty);
        let end = self.region(opening).end;
        let comma = self.commas_between(opening + 1, end);
        if self.at(K::Arrow) {
            self.start_at(checkpoint, K::FuncType);
            self.bump();
            if !self.eat(K::NoneKw) {
                self.ty();
            }
        } else if n_types == 0 {
            self.start_at(checkpoint, K::ErrorType);
            self.unexpected("`->` after `()`");
        } else {
            self.start_at(checkpoint, if comma { K::TupleType } else { K::ParenType });
        }
        self.finish();
        self.leave();
    }

    /// `pattern {"," pattern} [","]`, up to `in`, `=` or `:`.
    pub(super) fn patterns(&mut self) {
        let checkpoint = self.checkpoint();
        self.pattern();
        if self.at(K::Comma) {
            self.start_at(checkpoint, K::TuplePattern);
            while self.eat(K::Comma) {
                if matches!(self.current(), K::InKw | K::Eq | K::Colon | K::Newline | K::Eof) {
                    break;
                }
                self.pattern();
            }
            self.finish();
        }
    }

    fn pattern(&mut self) {
        if self.at(K::SecretKw) {
            self.stray_secret();
        }
        match self.current() {
            K::Ident => self.leaf(K::NamePattern),
            K::LParen | K::LBracket => {
                if !self.enter() {
                    return self.skip_group(K::Skipped);
                }
                self.start(K::TuplePattern);
                let opening = self.pos;
                if self.delimited("`,` or the closing bracket", Self::pattern) == 0 {
                    self.unexpected_at(opening, "a name in the brackets");
                }
                self.finish();
                self.leave();
            }
            _ => self.unexpected("a name"),
        }
    }
}
