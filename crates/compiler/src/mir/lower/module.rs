//! Operations of the protocol modules in; instructions out. One arm per entry of [`ModuleFn`].

use stoffel_bytecode::{Builtin, SlotRow};
use stoffel_value::{CmpOp, TrapCode};

use super::expr::{BOOL, INT};
use super::{FuncLower, Val, bytecode_type};
use crate::hir::{Expr, ModuleFn, Ty};
use crate::mir::build::STR;
use crate::mir::{Op, Repr, index};

impl FuncLower<'_, '_> {
    pub(super) fn module_fn(&mut self, function: ModuleFn, args: &[Expr], ty: &Ty) -> Val {
        let values: Vec<Val> = args.iter().map(|arg| self.expr(arg)).collect();
        let all = || values.iter().flatten().copied().collect::<Val>();
        match function {
            ModuleFn::Take { slot, index } => {
                let Ty::Scalar { ty, .. } = ty else { return Vec::new() };
                let row = self.slot_row(SlotRow { slot, index, ty: *ty });
                vec![self.emit1(Op::Take(row), all(), Repr::Secret(*ty))]
            }
            ModuleFn::Send { row, uniform } => {
                if let (true, Some(value), Some(Ty::List(member))) =
                    (uniform, values.last(), args.last().map(|arg| &arg.ty))
                {
                    self.require_uniform(value, member);
                }
                let row = self.cx.reveal_rows[row.0 as usize];
                self.emit0(Op::Send(row), all());
                Vec::new()
            }
            ModuleFn::OpenShare(row) => {
                let row = self.cx.reveal_rows[row.0 as usize];
                vec![self.emit1(Op::OpenShare(row), all(), Repr::Ref(STR))]
            }
            ModuleFn::Store { row, local } => {
                let row = row.map(|row| self.cx.reveal_rows[row.0 as usize]);
                let ty = args.get(1).map_or(Ty::Unit, |value| value.ty.clone());
                let ty = self.cx.module.tables.ty(&bytecode_type(&ty));
                let operands = self.with_local(local, &values);
                self.emit0(Op::Store(ty, row), operands);
                Vec::new()
            }
            ModuleFn::Load { row, local } => {
                let row = row.map(|row| self.cx.reveal_rows[row.0 as usize]);
                let results = self.reprs(ty);
                let ty = self.cx.module.tables.ty(&bytecode_type(ty));
                let operands = self.with_local(local, &values);
                self.emit(Op::Load(ty, row), operands, &results)
            }
            ModuleFn::Delete { local } => {
                let operands = self.with_local(local, &values);
                self.builtin(Builtin::StoreDelete, operands, &[BOOL])
            }
            ModuleFn::Exists { local } => {
                let operands = self.with_local(local, &values);
                self.builtin(Builtin::StoreExists, operands, &[BOOL])
            }
            ModuleFn::Broadcast => self.builtin(Builtin::RbcSend, all(), &[INT]),
            ModuleFn::Receive { local } => {
                let mut operands = all();
                operands.push(self.bool(local));
                self.builtin(Builtin::RbcReceive, operands, &[Repr::Ref(STR)])
            }
            ModuleFn::ReceiveAny => self.builtin(Builtin::RbcReceiveAny, all(), &[INT, Repr::Ref(STR)]),
            ModuleFn::SameLen => {
                self.equal_lengths(values[0][0], values[1][0]);
                Vec::new()
            }
            ModuleFn::Builtin(builtin) => {
                let results = self.reprs(ty);
                self.builtin(builtin, all(), &results)
            }
        }
    }

    /// Stops with R0203 where a list has no elements, or shares of several kinds.
    fn require_uniform(&mut self, list: &Val, member: &Ty) {
        if *member == Ty::Share {
            self.builtin(Builtin::ShareAlike, list.clone(), &[]);
            return;
        }
        let len = self.len(list[0]);
        let zero = self.int(0);
        let some = self.compare(CmpOp::Gt, len, zero);
        self.require(some, TrapCode::Shape);
    }

    /// The operands of a store operation: the key, whether it is party-local, the rest.
    fn with_local(&mut self, local: bool, values: &[Val]) -> Val {
        let local = self.bool(local);
        let mut operands: Val = values.iter().flatten().copied().collect();
        operands.insert(1, local);
        operands
    }

    fn slot_row(&mut self, row: SlotRow) -> u32 {
        let slots = &mut self.cx.module.slots;
        let at = slots.iter().position(|one| *one == row).unwrap_or_else(|| {
            slots.push(row);
            slots.len() - 1
        });
        index(at)
    }
}
