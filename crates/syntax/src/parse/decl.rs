//! Definitions: functions, objects, enums, built-in declarations.

use super::{K, Parser};
use crate::diagnostic::Code;

impl Parser<'_> {
    pub(super) fn func(&mut self) {
        let mut header = self.header();
        self.start(K::FuncDef);
        self.bump();
        self.member_name();
        if self.at(K::LBracket) {
            self.start(K::TypeParams);
            let opening = self.pos;
            if self.delimited("`,` or `]`", Self::type_param) == 0 {
                self.unexpected_at(opening, "a type parameter in the brackets");
            }
            self.finish();
        }
        if self.at(K::LParen) {
            self.start(K::ParamList);
            self.delimited("`,` or `)`", Self::param);
            self.finish();
        } else {
            self.unexpected("`(`");
        }
        if self.at(K::Arrow) {
            self.result();
        }
        let builtin = self.at(K::LPragma) && self.pragma();
        self.colon(&mut header);
        if builtin && self.at_end_of_line() && !self.line_after_is_deeper() {
            self.eat(K::Newline);
        } else {
            self.block(header, true);
        }
        self.finish();
    }

    fn type_param(&mut self) {
        self.name(false);
    }

    /// Whether the line after this one is deeper.
    fn line_after_is_deeper(&self) -> bool {
        self.pos + 1 < self.layout.significant.len() && self.column_at(self.pos + 1) > self.column_at(self.pos)
    }

    fn param(&mut self) {
        self.start(K::Param);
        if self.at(K::SecretKw) {
            self.stray_secret();
        }
        self.eat(K::Star);
        self.member_name();
        if self.eat(K::Colon) {
            self.ty();
            if self.at_word("from") {
                self.role(K::FromRole);
            }
        }
        if self.eat(K::Eq) {
            self.expr();
        }
        self.finish();
    }

    /// `from [each] NAME` or `to [each] NAME`
    fn role(&mut self, node: crate::kind::SyntaxKind) {
        self.start(node);
        self.bump();
        if self.at_word("each") && self.nth(1) == K::Ident {
            self.bump();
        }
        self.name(false);
        self.finish();
    }

    /// `-> …`
    fn result(&mut self) {
        self.start(K::FuncResult);
        self.bump();
        if self.at(K::NoneKw) {
            self.bump();
        } else if self.at(K::LParen) && self.has_destinations() {
            self.delimited("`,` or `)`", |parser| {
                parser.start(K::ResultPart);
                parser.ty();
                if parser.at_word("to") {
                    parser.role(K::Dest);
                } else {
                    parser.unexpected("`to` and a role");
                }
                parser.finish();
            });
        } else {
            self.ty();
            if self.at_word("to") {
                self.role(K::Dest);
            }
        }
        self.finish();
    }

    /// Whether a type in the brackets here is followed by `to`.
    fn has_destinations(&self) -> bool {
        let end = self.region(self.pos).end;
        let mut pos = self.pos + 1;
        while pos < end {
            let after_type = matches!(self.kind_at(pos - 1), K::Ident | K::RBracket | K::RParen | K::Question);
            if after_type && self.kind_at(pos) == K::Ident && self.nth_text(pos - self.pos) == "to" {
                return true;
            }
            pos = self.layout.regions[pos].map_or(pos, |region| region.end.max(pos)) + 1;
        }
        false
    }

    /// `{. … .}`; whether it has a `builtin` entry.
    fn pragma(&mut self) -> bool {
        let opening = self.pos;
        self.start(K::Pragma);
        self.bump();
        let end = self.region(opening).end;
        let mut builtin = false;
        while self.pos < end {
            let name = self.nth_text(0);
            builtin |= name == "builtin";
            if !self.in_std && name != "entry" && (self.at(K::Ident) || self.current().is_keyword()) {
                let span = self.token_span(self.pos);
                self.report(Code::W0103, span, format!("the pragma `{name}` has no effect"));
            }
            self.start(K::PragmaEntry);
            let named = self.name(true);
            if named && self.eat(K::Colon) {
                self.expr();
            }
            self.finish();
            if !named {
                break;
            }
            self.eat(K::Dot);
        }
        self.close(opening);
        self.finish();
        builtin
    }

    pub(super) fn object(&mut self) {
        let mut header = self.header();
        self.start(K::ObjectDef);
        self.bump();
        self.name(false);
        if self.at(K::LParen) {
            let opening = self.pos;
            self.bump();
            self.ty();
            self.close(opening);
        }
        self.colon(&mut header);
        self.members(header, "object", |parser| {
            if parser.at(K::SecretKw) {
                parser.stray_secret();
            }
            let named = matches!(parser.current(), K::Ident | K::MainKw | K::TypeKw);
            if parser.at(K::DefKw) {
                parser.func();
            } else if named && parser.nth(1) == K::Colon {
                parser.field();
            } else {
                parser.unexpected("a field or a method");
                parser.skip_member();
            }
        });
        self.finish();
    }

    fn field(&mut self) {
        self.start(K::FieldDef);
        self.member_name();
        self.bump();
        self.ty();
        if self.eat(K::Eq) {
            self.expr();
        }
        self.finish();
        self.end_statement();
    }

    pub(super) fn enumeration(&mut self) {
        let mut header = self.header();
        self.start(K::EnumDef);
        self.bump();
        self.name(false);
        self.colon(&mut header);
        self.members(header, "enum", |parser| {
            if !parser.at(K::Ident) {
                parser.unexpected("a name");
                return parser.skip_member();
            }
            parser.start(K::EnumMember);
            parser.name(false);
            if parser.eat(K::Eq) {
                parser.expr();
            }
            parser.finish();
            parser.end_statement();
        });
        self.finish();
    }

    /// `builtin type …`, `builtin opaque …`, `builtin object …: …`
    pub(super) fn builtin(&mut self) {
        if !self.in_std {
            let span = self.token_span(self.pos);
            self.report(Code::W0103, span, "`builtin` declarations have no effect outside `std`");
        }
        if self.nth(1) == K::ObjectKw {
            return self.builtin_object();
        }
        self.start(K::BuiltinType);
        self.bump();
        if self.at(K::TypeKw) || self.at_word("opaque") {
            self.bump();
            self.name(false);
            if self.eat(K::Eq) {
                self.ty();
            }
        } else {
            self.unexpected("`type`, `opaque` or `object`");
        }
        self.finish();
        self.end_statement();
    }

    fn builtin_object(&mut self) {
        let mut header = self.header();
        self.start(K::BuiltinObject);
        self.bump();
        self.bump();
        self.name(false);
        self.colon(&mut header);
        self.members(header, "object", |parser| {
            if parser.at(K::DefKw) {
                parser.func();
            } else {
                parser.unexpected("a function");
                parser.skip_member();
            }
        });
        self.finish();
    }
}
