//! What the uses of an un-annotated variable ask of its type in, the type out (LANGUAGE §6.2).
//!
//! Every pass over a body collects requirements afresh under the types of the pass before; the passes end when the
//! types that the requirements give are the ones that were used. Values that are assigned decide; only where all of
//! them are untyped literals or `[]` do places and operands decide.

use std::collections::HashMap;

use stoffel_syntax::{Code, Diagnostic, LineIndex, Span};
use stoffel_value::ScalarTy;

use super::ty::{self, BOOL, FLOAT, INT};
use crate::hir::Ty;

/// The types of a body's un-annotated variables and result, by the first byte of the declaration.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub(crate) struct Solution {
    pub(crate) vars: HashMap<u32, Solved>,
    /// Declarations that are one branch variable (LANGUAGE §4.4), to the first of them.
    pub(crate) unions: HashMap<u32, u32>,
    /// The merge of what is returned.
    pub(crate) result: Option<Ty>,
}

/// The type of one variable.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Solved {
    pub(crate) ty: Ty,
    /// Nothing but untyped literals has decided: an operation may still take it for a literal.
    pub(crate) soft: bool,
}

/// How a requirement came about; the order is the order of strength.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Role {
    /// A value of this type is assigned.
    Value,
    /// A float literal is assigned: `float64` unless a fixed type is asked for.
    Real,
    /// It is assigned or passed to a place of this type, or used as index, condition, or left of `in`.
    Place,
    /// A public operand of this type stands beside it.
    Operand,
    /// A secret operand of this type stands beside it.
    SecretOperand,
    /// An untyped element is added to it.
    Weak,
    /// An untyped literal is assigned; whether it is 0 or 1.
    Literal(bool),
    /// `not x`
    Not,
}

/// One requirement.
#[derive(Clone, Debug)]
pub(crate) struct Need {
    pub(crate) role: Role,
    pub(crate) ty: Ty,
    pub(crate) span: Span,
}

/// The least type that meets the needs; `Err` holds the needs that conflict.
pub(crate) fn solve(needs: &[Need]) -> Result<Solved, Vec<&Need>> {
    let hard = |ty| Ok(Solved { ty, soft: false });
    // A value that failed says nothing where a literal says something: its own finding must not depend on it.
    let literal = |need: &Need| matches!(need.role, Role::Literal(_) | Role::Real);
    let failed = |ty: &Ty| *ty == Ty::Error && needs.iter().any(literal);
    if let Some(ty) = joint(needs, |role| role == Role::Value)?.filter(|ty| !failed(ty)) {
        let unfit = |role| match role {
            Role::Literal(_) => ty != Ty::Error && ty::scalar(&ty).is_none(),
            Role::Real => ty != Ty::Error && !matches!(ty::scalar(&ty), Some(ScalarTy::Float | ScalarTy::Fix(_))),
            _ => false,
        };
        if needs.iter().any(|need| unfit(need.role)) {
            return Err(needs.iter().filter(|need| need.role == Role::Value || unfit(need.role)).collect());
        }
        if !ty::has_error(&ty) || ty == Ty::Error {
            return hard(ty);
        }
        let asked = places(needs).into_iter().filter_map(|need| ty::merge(&ty, &need.ty)).next_back();
        return hard(match asked {
            Some(asked) => asked,
            // `[]` to which only literals are added.
            None => joint(needs, |role| role == Role::Weak)?.and_then(|weak| ty::merge(&ty, &weak)).unwrap_or(ty),
        });
    }
    let real = needs.iter().any(|need| need.role == Role::Real);
    let asked = match agree(&places(needs))? {
        Some(ty) => Some(ty),
        None if real => None,
        None => match agree(&roles(needs, Role::Operand))? {
            Some(ty) => Some(ty),
            None => roles(needs, Role::SecretOperand).first().map(|need| need.ty.clone()),
        },
    };
    if real {
        return Ok(match asked {
            Some(ty) if matches!(ty::scalar(&ty), Some(ScalarTy::Fix(_))) => Solved { ty, soft: false },
            _ => Solved { ty: FLOAT, soft: false },
        });
    }
    if let Some(ty) = asked {
        return hard(ty);
    }
    if let Some(ty) = joint(needs, |role| role == Role::Weak)? {
        return hard(ty);
    }
    let literals: Vec<_> = needs.iter().filter(|need| matches!(need.role, Role::Literal(_))).collect();
    if literals.is_empty() {
        return Ok(Solved { ty: Ty::Error, soft: false });
    }
    let bits = literals.iter().all(|need| need.role == Role::Literal(true));
    if bits && needs.iter().any(|need| need.role == Role::Not) {
        return hard(BOOL);
    }
    Ok(Solved { ty: INT, soft: true })
}

fn roles(needs: &[Need], role: Role) -> Vec<&Need> {
    needs.iter().filter(|need| need.role == role && need.ty != Ty::Error).collect()
}

/// Needs of places, in their public form: a public value may enter a secret place.
fn places(needs: &[Need]) -> Vec<&Need> {
    roles(needs, Role::Place)
}

/// The one public form that all needs have.
fn agree<'n>(needs: &[&'n Need]) -> Result<Option<Ty>, Vec<&'n Need>> {
    let mut found: Option<Ty> = None;
    for need in needs {
        let ty = ty::public_of(&need.ty);
        match &found {
            None => found = Some(ty),
            Some(before) if *before == ty => {}
            Some(before) => match ty::merge(before, &ty) {
                Some(both) => found = Some(both),
                None => return Err(needs.to_vec()),
            },
        }
    }
    Ok(found)
}

/// The merge of all needs of some roles.
fn joint(needs: &[Need], which: impl Fn(Role) -> bool) -> Result<Option<Ty>, Vec<&Need>> {
    let mut found: Option<Ty> = None;
    for need in needs.iter().filter(|need| which(need.role)) {
        found = Some(match found {
            None => need.ty.clone(),
            Some(before) => match ty::merge(&before, &need.ty) {
                Some(both) => both,
                None => return Err(needs.iter().filter(|need| which(need.role) && need.ty != Ty::Error).collect()),
            },
        });
    }
    Ok(found)
}

/// E0305 at the declaration, every requirement with its line.
pub(crate) fn conflict(name: &str, span: Span, needs: &[&Need], lines: &LineIndex) -> Diagnostic {
    let mut listed = Vec::new();
    for need in needs {
        let text = format!("`{}` (line {})", ty::name(&need.ty), lines.line(need.span.start));
        if !listed.contains(&text) {
            listed.push(text);
        }
    }
    let message = format!("no single type for `{name}`: its uses ask for {}", listed.join(", "));
    let mut diagnostic = Diagnostic::new(Code::E0305, span, message).help("write the type: `var x: T = …`");
    for need in needs {
        diagnostic = diagnostic.label(need.span, format!("`{}` here", ty::name(&need.ty)));
    }
    diagnostic
}
