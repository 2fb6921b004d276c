//! What the uses of an un-annotated variable ask of its type in, the type out (LANGUAGE §6.2).
//!
//! Every pass over a body collects requirements afresh under the types of the pass before; the passes end when the
//! types that the requirements give are the ones that were used. Values that are assigned decide; only where all of
//! them are untyped literals or `[]` do places and operands decide.

use crate::hash::{HashMap, HashSet};

use stoffel_syntax::{Code, Diagnostic, Span};
use stoffel_value::ScalarTy;

use super::ty::{self, BOOL, FLOAT, INT};
use crate::hir::Ty;
use crate::lines::Lines;

/// The types of a body's un-annotated variables and result, by the first byte of the declaration.
#[derive(Clone, Default, Debug)]
pub(crate) struct Solution {
    pub(crate) vars: HashMap<u32, Solved>,
    /// Declarations that are one branch variable (LANGUAGE §4.4), to the first of them.
    pub(crate) unions: HashMap<u32, u32>,
    /// The merge of what is returned.
    pub(crate) result: Option<Ty>,
    /// Passes that led here.
    pub(crate) passes: u32,
    /// Variables whose uses conflict, from the pass on in which types no longer rise.
    pub(crate) failed: HashMap<u32, Diagnostic>,
    /// Variables used after the chain of secret conditions that declares them: first bytes of both.
    pub(crate) carried: HashSet<(u32, u32)>,
    /// Variables given something that their body has not created.
    pub(crate) stale: HashSet<u32>,
}

/// Passes after which a conflict of needs is final: until then types may still rise and agree.
const RISING_MAX: u32 = 12;

impl Solution {
    /// Whether a conflict found in this pass is final.
    pub(crate) const fn is_final(&self) -> bool {
        self.passes >= RISING_MAX
    }
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
    if let Some(scalars) = as_scalars(needs) {
        return solve(&scalars)
            .map_err(|found| needs.iter().filter(|need| found.iter().any(|other| other.span == need.span)).collect());
    }
    let hard = |ty| Ok(Solved { ty, soft: false });
    // A value that failed says nothing where a literal says something: its own finding must not depend on it.
    let literal = |need: &Need| matches!(need.role, Role::Literal(_) | Role::Real);
    let failed = |ty: &Ty| *ty == Ty::Error && needs.iter().any(literal);
    if let Some(ty) = joint(needs, |role| role == Role::Value)?.filter(|ty| !failed(ty)) {
        let core = ty::core(&ty);
        let unfit = |role| match role {
            Role::Literal(_) => *core != Ty::Error && ty::scalar(core).is_none(),
            Role::Real => *core != Ty::Error && !matches!(ty::scalar(core), Some(ScalarTy::Float | ScalarTy::Fix(_))),
            _ => false,
        };
        if needs.iter().any(|need| unfit(need.role)) {
            return Err(needs.iter().filter(|need| need.role == Role::Value || unfit(need.role)).collect());
        }
        if !ty::has_error(&ty) || ty == Ty::Error {
            return hard(ty);
        }
        // `None` beside literals: an optional of what the literals are.
        if let (Ty::Optional(_), true) = (&ty, needs.iter().any(literal)) {
            let asked = places(needs).into_iter().map(|need| ty::core(&need.ty).clone()).next_back();
            let real = needs.iter().any(|need| need.role == Role::Real);
            return hard(ty::optional(asked.unwrap_or(if real { FLOAT } else { INT })));
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

/// The needs of a variable that begins as a scalar and is given arrays: each counts as its element (LANGUAGE §13.1).
fn as_scalars(needs: &[Need]) -> Option<Vec<Need>> {
    let given = |need: &&Need| matches!(need.role, Role::Value | Role::Real | Role::Literal(_));
    let array = |need: &Need| matches!(need.ty, Ty::Array(_));
    let first = needs.iter().find(given)?;
    let scalar = !array(first) && (first.role != Role::Value || ty::scalar(&first.ty).is_some());
    if !scalar || !needs.iter().any(array) {
        return None;
    }
    Some(needs.iter().map(|need| Need { ty: ty::leaf(&need.ty).clone(), ..need.clone() }).collect())
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

/// E0305 for a type that its own uses change each time it is chosen.
pub(crate) fn unsettled(
    name: &str,
    span: Span,
    (chosen, asked): (&Ty, &Ty),
    needs: &[Need],
    lines: &Lines<'_>,
) -> Diagnostic {
    let name = if name.contains(' ') { name.to_owned() } else { format!("`{name}`") };
    let (chosen, asked) = (short(chosen), short(asked));
    let message =
        format!("no single type for {name}: as a `{chosen}` its uses ask for `{asked}`, and so on without end");
    let mut diagnostic = Diagnostic::new(Code::E0305, span, message).help("write the type");
    for need in needs.iter().filter(|need| !matches!(need.role, Role::Literal(_))) {
        let text = format!("`{}` is asked for here ({})", short(&need.ty), lines.place(need.span, span.file));
        diagnostic = diagnostic.label(need.span, text);
    }
    diagnostic
}

/// The beginning of a type's name: one that grows has no end worth reading.
fn short(ty: &Ty) -> String {
    const SHOWN: usize = 40;
    let name = ty::name(ty);
    if name.chars().count() <= SHOWN { name } else { name.chars().take(SHOWN).chain(['…']).collect() }
}

/// E0305 at the declaration, every requirement with its line.
pub(crate) fn conflict(name: &str, span: Span, needs: &[&Need], lines: &Lines<'_>) -> Diagnostic {
    let mut listed = Vec::new();
    for need in needs {
        let text = format!("`{}` ({})", ty::name(&need.ty), lines.place(need.span, span.file));
        if !listed.contains(&text) {
            listed.push(text);
        }
    }
    let message = format!("no single type for `{name}`: its uses ask for {}", listed.join(", "));
    let function = needs.iter().any(|need| matches!(need.ty, Ty::Def(_) | Ty::Func(_)));
    let help =
        if function { "write a function type: `var f: (A) -> B = …`" } else { "write the type: `var x: T = …`" };
    let mut diagnostic = Diagnostic::new(Code::E0305, span, message).help(help);
    for need in needs {
        diagnostic = diagnostic.label(need.span, format!("`{}` here", ty::name(&need.ty)));
    }
    diagnostic
}
