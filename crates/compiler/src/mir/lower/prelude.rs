//! Calls of prelude functions in; library instructions or loops out. One arm per entry of [`Prelude`].

use stoffel_bytecode::Builtin;
use stoffel_value::{BinOp, ScalarTy, TrapCode};

use super::expr::{BOOL, INT, is_secret};
use super::{FuncLower, Val, bytecode_type};
use crate::hir::{Expr, Native, Prelude, Ty};
use crate::mir::build::STR;
use crate::mir::{Op, Repr, Term, ValueId};

const TEXT: Repr = Repr::Ref(STR);

impl FuncLower<'_, '_> {
    pub(super) fn prelude(&mut self, function: Prelude, args: &[Expr], ty: &Ty) -> Val {
        if function == Prelude::Print {
            self.print(args);
            return Vec::new();
        }
        match (function, ty) {
            (Prelude::Array(function), _) => return self.array_fn(function, args, ty),
            (Prelude::Min, Ty::Array(_)) => return vec![self.array_binary(BinOp::Min, &args[0], &args[1], ty)],
            (Prelude::Max, Ty::Array(_)) => return vec![self.array_binary(BinOp::Max, &args[0], &args[1], ty)],
            _ => {}
        }
        let values: Vec<Val> = args.iter().map(|arg| self.expr(arg)).collect();
        let leaf = |at: usize| values[at][0];
        let all = || values.iter().flatten().copied().collect::<Vec<ValueId>>();
        match function {
            // Handled above: operands of `print` are formatted after all of them are evaluated.
            Prelude::Print => Vec::new(),
            Prelude::ToString => vec![self.text_of(&values[0], &args[0].ty)],
            Prelude::Len => vec![self.len(leaf(0))],
            Prelude::Range => {
                let repr = self.reprs(ty);
                self.builtin(Builtin::Range, all(), &repr)
            }
            Prelude::Array(_) => Vec::new(),
            Prelude::Min => vec![self.extreme(BinOp::Min, leaf(0), leaf(1))],
            Prelude::Max => vec![self.extreme(BinOp::Max, leaf(0), leaf(1))],
            Prelude::MinOf => vec![self.extreme_of(BinOp::Min, leaf(0))],
            Prelude::MaxOf => vec![self.extreme_of(BinOp::Max, leaf(0))],
            Prelude::Sum => vec![self.sum(leaf(0))],
            Prelude::Mean => vec![self.mean(leaf(0), ty)],
            Prelude::Any => vec![self.any_all(leaf(0), false)],
            Prelude::All => vec![self.any_all(leaf(0), true)],
            Prelude::ArgMin => vec![self.arg_extreme(BinOp::Min, leaf(0))],
            Prelude::ArgMax => vec![self.arg_extreme(BinOp::Max, leaf(0))],
            Prelude::Dot => vec![self.dot(leaf(0), leaf(1))],
            Prelude::OneHot => {
                let repr = self.reprs(ty);
                self.builtin(Builtin::OneHotSecret, all(), &repr)
            }
            Prelude::Pick => {
                let reprs = self.reprs(ty);
                self.builtin(Builtin::PickSecret, all(), &reprs)
            }
            Prelude::MergeInto => {
                self.merge_into(leaf(0), leaf(1), leaf(2), member(&args[1].ty));
                Vec::new()
            }
            Prelude::Append => {
                self.append(leaf(0), &values[1]);
                Vec::new()
            }
            Prelude::Extend => self.builtin(Builtin::Extend, all(), &[]),
            Prelude::Insert => self.builtin(Builtin::Insert, all(), &[]),
            Prelude::Pop => self.pop_at(leaf(0), values.get(1).map(|at| at[0])),
            Prelude::Delete => {
                self.pop_at(leaf(0), values.get(1).map(|at| at[0]));
                Vec::new()
            }
            Prelude::Clear => self.builtin(Builtin::Clear, all(), &[]),
            Prelude::Reverse => self.builtin(Builtin::Reverse, all(), &[]),
            Prelude::Reversed => {
                let copy = self.copy(leaf(0));
                self.builtin(Builtin::Reverse, vec![copy], &[]);
                vec![copy]
            }
            Prelude::Copy => vec![self.copy(leaf(0))],
            Prelude::Remove if matches!(args[0].ty, Ty::Dict(..)) => {
                self.remove_key(leaf(0), &values[1]);
                Vec::new()
            }
            Prelude::Contains if matches!(args[0].ty, Ty::Dict(..)) => vec![self.has_key(leaf(0), &values[1])],
            Prelude::Keys => self.part_of_dict(Builtin::Keys, leaf(0), ty),
            Prelude::Values => self.part_of_dict(Builtin::Values, leaf(0), ty),
            Prelude::Items => self.part_of_dict(Builtin::Items, leaf(0), ty),
            Prelude::GetKey => self.get_key((leaf(0), &args[0].ty), &values[1], None, ty),
            Prelude::GetOr => self.get_key((leaf(0), &args[0].ty), &values[1], Some(&values[2]), ty),
            Prelude::Remove => {
                self.remove(leaf(0), &values[1]);
                Vec::new()
            }
            Prelude::IndexOf => {
                let bounds: Vec<ValueId> = values[2..].iter().map(|bound| bound[0]).collect();
                let found = self.index_of((leaf(0), member(&args[0].ty)), &values[1], &args[1].ty, &bounds);
                vec![if is_secret(ty) { self.hide(found) } else { found }]
            }
            Prelude::Count => {
                vec![self.count_equal((leaf(0), member(&args[0].ty)), &values[1], &args[1].ty)]
            }
            Prelude::Contains => {
                let found = self.contains((leaf(0), &args[0].ty), &values[1], &args[1].ty);
                vec![if is_secret(ty) { self.hide(found) } else { found }]
            }
            Prelude::SortRows => {
                self.sort_rows(leaf(0), member(&args[0].ty), leaf(1));
                Vec::new()
            }
            Prelude::Sort => {
                self.sort(leaf(0), values.get(1).map(|reverse| reverse[0]));
                Vec::new()
            }
            Prelude::Sorted => {
                let copy = self.copy(leaf(0));
                self.sort(copy, values.get(1).map(|reverse| reverse[0]));
                vec![copy]
            }
            Prelude::Enumerate => self.enumerate(leaf(0), ty),
            Prelude::Zip => self.zip(leaf(0), leaf(1), ty),
            Prelude::Concat => {
                if *ty == Ty::Str {
                    return vec![self.join_text(all())];
                }
                let a = self.convert(&values[0], &args[0].ty, ty);
                let b = self.convert(&values[1], &args[1].ty, ty);
                let repr = self.ref_repr(&bytecode_type(ty));
                self.builtin(Builtin::Concat, vec![a[0], b[0]], &[repr])
            }
            Prelude::Repeat => {
                let repr = self.ref_repr(&bytecode_type(ty));
                self.builtin(Builtin::Repeat, all(), &[repr])
            }
            Prelude::Split => {
                let repr = self.ref_repr(&bytecode_type(ty));
                self.builtin(Builtin::Split, all(), &[repr])
            }
            Prelude::Join => self.builtin(Builtin::Join, all(), &[TEXT]),
            Prelude::Strip => self.builtin(Builtin::Strip, all(), &[TEXT]),
            Prelude::Upper => self.builtin(Builtin::Upper, all(), &[TEXT]),
            Prelude::Lower => self.builtin(Builtin::Lower, all(), &[TEXT]),
            Prelude::Replace => self.builtin(Builtin::Replace, all(), &[TEXT]),
            Prelude::StartsWith => self.builtin(Builtin::StartsWith, all(), &[BOOL]),
            Prelude::EndsWith => self.builtin(Builtin::EndsWith, all(), &[BOOL]),
            Prelude::Find => self.builtin(Builtin::FindStr, all(), &[BOOL, INT]),
            Prelude::ParseInt => self.builtin(Builtin::ParseInt, all(), &[BOOL, INT]),
            Prelude::ExpectTrap => {
                self.expect_trap(leaf(0), leaf(1));
                Vec::new()
            }
            Prelude::Native(Native::Math(op)) => self.builtin(op.into(), all(), &[Repr::Word(ScalarTy::Float)]),
            Prelude::Native(Native::Shuffle) => self.builtin(Builtin::Shuffle, all(), &[]),
            Prelude::Native(Native::TrapIf(code)) => {
                self.trap_if(leaf(0), code);
                Vec::new()
            }
            Prelude::AssertClose => {
                self.assert_close(&values[0], &values[1], &args[0].ty, leaf(2));
                Vec::new()
            }
        }
    }

    /// A trap where a bool holds.
    pub(super) fn trap_if(&mut self, holds: ValueId, code: TrapCode) {
        if self.is_secret(holds) {
            let number = TrapCode::ALL.iter().position(|known| *known == code).unwrap_or_default();
            let number = self.int(number as i64);
            self.builtin(Builtin::TrapSecret, vec![number, holds], &[]);
            return;
        }
        let (fail, go_on) = (self.new_block(), self.new_block());
        self.branch(holds, fail, go_on);
        self.open(fail);
        self.b.end(Term::Trap(code), self.span);
        self.open(go_on);
    }

    fn copy(&mut self, list: ValueId) -> ValueId {
        let repr = self.b.repr(list);
        self.emit1(Op::Builtin(Builtin::Copy), vec![list], repr)
    }
}

/// Element type of a list.
fn member(ty: &Ty) -> &Ty {
    match ty {
        Ty::List(member) => member,
        other => other,
    }
}
