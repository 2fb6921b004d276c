//! Values to print or format in, strings out.

use stoffel_bytecode::Type;

use super::{FuncLower, Val, bytecode_type};
use crate::hir::{Expr, Part, Ty};
use crate::mir::build::STR;
use crate::mir::{Op, Repr, ValueId};

const TEXT: Repr = Repr::Ref(STR);

impl FuncLower<'_, '_> {
    /// The printed form of a value at top level.
    pub(super) fn text_of(&mut self, value: &Val, ty: &Ty) -> ValueId {
        if *ty == Ty::Str {
            return value[0];
        }
        let ty = self.cx.module.tables.ty(&bytecode_type(ty));
        self.emit1(Op::Format(ty), value.clone(), TEXT)
    }

    pub(super) fn join_text(&mut self, parts: Vec<ValueId>) -> ValueId {
        match parts.as_slice() {
            [] => self.str(""),
            [only] => *only,
            _ => self.emit1(Op::ConcatStr, parts, TEXT),
        }
    }

    pub(super) fn format_parts(&mut self, parts: &[Part]) -> ValueId {
        let mut texts = Vec::with_capacity(parts.len());
        for part in parts {
            texts.push(match part {
                Part::Text(text) => self.str(text),
                Part::Hole(value, None) => {
                    let leaves = self.expr(value);
                    self.text_of(&leaves, &value.ty)
                }
                Part::Hole(value, Some(spec)) => {
                    let mut args = self.expr(value);
                    let mut ty = bytecode_type(&value.ty);
                    if args.len() != 1 {
                        args = vec![self.text_of(&args, &value.ty)];
                        ty = Type::Str;
                    }
                    args.push(self.str(spec));
                    let ty = self.cx.module.tables.ty(&ty);
                    self.emit1(Op::FormatSpec(ty), args, TEXT)
                }
            });
        }
        self.join_text(texts)
    }

    /// One line: the printed forms joined by blanks. Every value is evaluated before one is formatted.
    pub(super) fn print(&mut self, values: &[Expr]) {
        let leaves: Vec<Val> = values.iter().map(|value| self.expr(value)).collect();
        let mut texts = Vec::with_capacity(2 * values.len());
        for (value, leaves) in values.iter().zip(&leaves) {
            if !texts.is_empty() {
                texts.push(self.str(" "));
            }
            texts.push(self.text_of(leaves, &value.ty));
        }
        let line = self.join_text(texts);
        self.emit0(Op::Print, vec![line]);
    }
}
