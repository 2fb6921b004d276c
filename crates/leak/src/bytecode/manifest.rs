//! What a program says of itself in; the same with one thing untrue out.

use stoffel_bytecode::{Disclosure, DisclosureKind, FieldKind, ObjectTy, Program, Receivers, Type};

use super::{Mutator, with_field};

impl Mutator<'_> {
    /// A row of the disclosures that lists something else.
    pub(super) fn disclosure(&mut self, program: &mut Program) -> Option<()> {
        let at = self.index(program.disclosures.len())?;
        let n_types = program.types.len();
        let row = &mut program.disclosures[at];
        match self.rng.below(4) {
            0 => {
                row.kind = [
                    DisclosureKind::Reveal,
                    DisclosureKind::Output,
                    DisclosureKind::Result,
                    DisclosureKind::Store,
                    DisclosureKind::Load,
                    DisclosureKind::Input,
                ][self.rng.below(6)];
            }
            1 => row.ty = self.rng.below(n_types) as u32,
            2 => row.to = self.receivers(),
            _ => {
                let row = program.disclosures.remove(at);
                let last = program.disclosures.len();
                program.disclosures.insert(self.rng.below(last + 1), row);
            }
        }
        Some(())
    }

    /// A row that nothing does, or one that nothing lists any more.
    pub(super) fn more_disclosures(&mut self, program: &mut Program) -> Option<()> {
        if self.rng.chance(50) {
            program.disclosures.pop().map(drop)
        } else {
            let at = self.index(program.disclosures.len())?;
            let row: Disclosure = program.disclosures[at].clone();
            program.disclosures.push(row);
            Some(())
        }
    }

    pub(super) fn receivers(&mut self) -> Receivers {
        match self.rng.below(5) {
            0 => Receivers::Everyone,
            1 => Receivers::Nobody,
            2 => Receivers::Role("bob".to_owned()),
            3 => Receivers::AnySlot,
            _ => Receivers::AnyKey,
        }
    }

    pub(super) fn output(&mut self, program: &mut Program) -> Option<()> {
        let at = self.index(program.outputs.len())?;
        program.outputs[at].to = self.receivers();
        // With the disclosure's row in step the rules of results alone are left to object.
        if self.rng.chance(70) {
            let to = program.outputs[at].to.clone();
            let row = program.disclosures.iter_mut().find(|row| row.kind == DisclosureKind::Result)?;
            row.to = to;
        }
        Some(())
    }

    pub(super) fn input(&mut self, program: &mut Program) -> Option<()> {
        let at = self.index(program.inputs.len())?;
        match self.rng.below(3) {
            0 => program.inputs[at].role = None,
            1 => program.inputs[at].role = Some("bob".to_owned()),
            _ => {
                let row = program.disclosures.iter().position(|row| row.kind == DisclosureKind::Input)?;
                program.disclosures[row].function += "x";
                // A row that is listed but not due objects, too: it goes.
                if self.rng.chance(60) && row + 1 == program.disclosures.len() {
                    program.disclosures.pop();
                }
            }
        }
        Some(())
    }

    pub(super) fn needs(&mut self, program: &mut Program) -> Option<()> {
        let at = self.index(program.needs.len())?;
        program.needs.remove(at);
        Some(())
    }

    /// An object type that tells the contrary of whether it holds secrets.
    pub(super) fn marks(&mut self, program: &mut Program) -> Option<()> {
        let object =
            program.types.iter().find_map(|ty| if let Type::Object(object) = ty { Some(*object) } else { None })?;
        let flip = |ty: &mut ObjectTy| {
            if ty.index == object.index {
                ty.secret = !ty.secret;
            }
        };
        for ty in &mut program.types {
            each_object(ty, &flip);
        }
        Some(())
    }

    /// A disclosure that no row lists any more, nor does whoever may do without one.
    pub(super) fn unlisted(&mut self, program: &mut Program) -> Option<()> {
        let gone = self.index(program.disclosures.len())? as u16;
        program.disclosures.remove(usize::from(gone));
        for code in &mut program.functions {
            for instr in &mut code.code {
                let row = |(_, kind): &(&str, FieldKind)| matches!(kind, FieldKind::Row | FieldKind::RowOrNone);
                // Of two such fields the last is that of the disclosure.
                let Some(field) = instr.info().fields.iter().rposition(row) else { continue };
                let now = instr.raw_fields()[field];
                let none = instr.info().fields[field].1 == FieldKind::RowOrNone;
                if now == gone && none {
                    *instr = with_field(*instr, field, u16::MAX)?;
                } else if now == gone {
                    return None;
                } else if now > gone && now != u16::MAX {
                    *instr = with_field(*instr, field, now - 1)?;
                }
            }
        }
        Some(())
    }
}

fn each_object(ty: &mut Type, change: &impl Fn(&mut ObjectTy)) {
    match ty {
        Type::Object(object) => change(object),
        Type::List(member) | Type::Array(member) | Type::Optional(member) | Type::Dict(_, member) => {
            each_object(member, change);
        }
        Type::Tuple(members) => members.iter_mut().for_each(|member| each_object(member, change)),
        _ => {}
    }
}
