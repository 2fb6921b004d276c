//! The entry's parameters and results in; interface rows, disclosure rows and the code around `main` out (LANGUAGE §14).

use stoffel_bytecode::{DisclosureKind, Leaf, Receivers, SlotRow, Type};

use super::{Context, FuncLower, Val, bytecode_type};
use crate::hir::{Dest, Entry, Ty};
use crate::mir::{InputRow, Module, Op, OutputRow, Row, index};

/// Enters the interface, and all rows: inputs, then reveals, then results. Gives the disclosure of each output.
///
/// A reveal of a composite value has one row for each leaf that holds secrets, of that leaf's type.
pub(super) fn interface(cx: &mut Context<'_>, entry: &Entry) -> Vec<Option<u32>> {
    let program = cx.program;
    let module = &mut cx.module;
    let fields = |object| super::object::fields(program, object);
    for input in &entry.inputs {
        let ty = bytecode_type(&input.ty);
        let id = module.tables.ty(&ty);
        if input.role.is_some() {
            for function in ty.public_parts(&input.name, input.each, &fields) {
                let (kind, span, to) = (DisclosureKind::Input, input.span, Receivers::Everyone);
                module.disclosures.push(Row { kind, span, function, ty: id, to });
            }
        }
        let (name, role, each, default) = (input.name.clone(), input.role.clone(), input.each, input.default.clone());
        module.inputs.push(InputRow { name, ty: id, role, each, default });
    }
    for row in &program.disclosures {
        cx.reveal_rows.push(index(module.disclosures.len()));
        // What is sent to a client is one delivery, what is revealed an opening for each leaf.
        let whole = bytecode_type(&row.ty);
        let one = matches!(row.kind, DisclosureKind::Output | DisclosureKind::Store | DisclosureKind::Load);
        let leaves = if one { vec![whole] } else { secret_leaves(&whole) };
        for leaf in leaves {
            let ty = module.tables.ty(&leaf);
            let (kind, span, function, to) = (row.kind, row.span, row.function.clone(), receivers(&row.to));
            module.disclosures.push(Row { kind, span, function, ty, to });
        }
    }
    let mut rows = Vec::new();
    for output in &entry.outputs {
        let ty = module.tables.ty(&bytecode_type(&output.ty));
        let to = receivers(&output.dest);
        rows.push((to != Receivers::Nobody).then(|| {
            let function = program.instances[entry.instance.0 as usize].name.clone();
            let kind = DisclosureKind::Result;
            module.disclosures.push(Row { kind, span: output.span, function, ty, to: to.clone() });
            index(module.disclosures.len() - 1)
        }));
        module.outputs.push(OutputRow { ty, to });
    }
    rows
}

/// The types of the leaves that hold secrets, in order.
fn secret_leaves(ty: &Type) -> Vec<Type> {
    let leaves = ty.leaves().into_iter().filter_map(|leaf| match leaf {
        Leaf::Secret(ty) => Some(Type::Secret(ty)),
        Leaf::Ref(ty) if ty.has_secret() => Some(ty),
        _ => None,
    });
    leaves.collect()
}

fn receivers(dest: &Dest) -> Receivers {
    match dest {
        Dest::Everyone => Receivers::Everyone,
        Dest::Nobody => Receivers::Nobody,
        Dest::Role(role) => Receivers::Role(role.clone()),
        Dest::Each(role) => Receivers::EachOf(role.clone()),
        Dest::Slot(slot) => Receivers::Slot(*slot),
        Dest::AnySlot => Receivers::AnySlot,
        Dest::Key(key) => Receivers::Key(key.clone()),
        Dest::AnyKey => Receivers::AnyKey,
    }
}

/// Drops the rows of positional inputs that are read where control never comes, and numbers the rest anew.
pub(super) fn keep_used_slots(module: &mut Module) {
    let mut kept: Vec<SlotRow> = Vec::new();
    let slots = std::mem::take(&mut module.slots);
    for inst in module.functions.iter_mut().flat_map(|f| &mut f.blocks).flat_map(|block| &mut block.insts) {
        if let Op::Take(row) = &mut inst.op {
            let slot = slots[*row as usize];
            let at = kept.iter().position(|one| *one == slot).unwrap_or_else(|| {
                kept.push(slot);
                kept.len() - 1
            });
            *row = index(at);
        }
    }
    module.slots = kept;
}

/// Drops the rows of reveals in functions that are never reached, and numbers the rest anew.
pub(super) fn keep_used_rows(module: &mut Module) {
    let mut used: Vec<bool> = module.disclosures.iter().map(|row| row.kind == DisclosureKind::Input).collect();
    let insts = |module: &mut Module, visit: &mut dyn FnMut(&mut u32)| {
        for inst in module.functions.iter_mut().flat_map(|f| &mut f.blocks).flat_map(|block| &mut block.insts) {
            match &mut inst.op {
                Op::Open(row)
                | Op::OpenRef(row)
                | Op::OpenShare(row)
                | Op::Store(_, Some(row))
                | Op::Load(_, Some(row))
                | Op::Send(row)
                | Op::Output { disclosure: Some(row), .. } => visit(row),
                _ => {}
            }
        }
    };
    insts(module, &mut |row| used[*row as usize] = true);
    let mut number = Vec::with_capacity(used.len());
    let mut next = 0;
    for used in &used {
        number.push(next);
        next += u32::from(*used);
    }
    insts(module, &mut |row| *row = number[*row as usize]);
    let mut used = used.into_iter();
    module.disclosures.retain(|_| used.next().unwrap_or(true));
}

impl FuncLower<'_, '_> {
    /// Puts the inputs into the parameters of `main`.
    pub(super) fn read_inputs(&mut self) {
        let Some((entry, _)) = self.entry else { return };
        for (row, (input, param)) in (0u32..).zip(entry.inputs.iter().zip(&self.instance.params)) {
            let reprs = self.reprs(&input.ty);
            self.span = input.span;
            let value = self.emit(Op::Input(row), Vec::new(), &reprs);
            self.declare_local(*param, &value);
        }
    }

    /// Gives the results of `main` at a return.
    pub(super) fn give_outputs(&mut self, value: &Val, ty: &Ty) {
        let Some((entry, rows)) = self.entry else { return };
        for (row, output) in (0u32..).zip(&entry.outputs) {
            let part = match (output.component, ty) {
                (Some(at), Ty::Tuple(members)) => self.member(value, members, at),
                _ => value.clone(),
            };
            self.emit0(Op::Output { row, disclosure: rows[row as usize] }, part);
        }
    }
}
