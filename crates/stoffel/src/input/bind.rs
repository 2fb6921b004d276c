//! Given inputs and a program's interface in; every parameter's value, by owner, or the first thing that is wrong out.

use std::collections::BTreeMap;
use std::path::Path;

use stoffel_bytecode::{InputRow, Program, Receivers, Type};
use stoffel_runtime::client::given_type;
use stoffel_runtime::{ClientGiven, Positional};
use stoffel_value::{Literal, Value};

use super::{Given, InputError, Inputs, coerce, csv, json, slots};
use crate::error::Error;
use crate::names::nearest;

/// Values for a run: public parameters, and the clients in slot order.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Bound {
    /// Row of the interface and value of each public parameter.
    pub public: Vec<(u32, Value)>,
    /// Clients: roles in order of first mention in the signature, then joining order; without roles, by slot.
    pub clients: Vec<BoundClient>,
    /// How many clients receive outputs, if that was said.
    pub output_clients: Option<u32>,
}

/// One client of a role.
#[derive(Clone, PartialEq, Debug)]
pub struct BoundClient {
    /// Its role.
    pub role: String,
    /// Which client of the role, from 0.
    pub index: usize,
    /// Row and value of each parameter that it gives.
    pub values: Vec<(u32, Value)>,
    /// Its positional inputs.
    pub positional: Positional,
    /// The same as they were given.
    pub positional_texts: Vec<String>,
}

impl BoundClient {
    /// What it gives, for the session.
    pub(crate) fn given(&self) -> ClientGiven {
        ClientGiven { values: self.values.clone(), positional: self.positional.clone() }
    }
}

impl Inputs {
    /// Binds what was given to the parameters of `program`.
    ///
    /// # Errors
    /// For an unknown, repeated, missing or ill-typed input, or a wrong number of clients.
    pub fn bind(&self, program: &Program) -> Result<Bound, Error> {
        self.of(program).bind_all(program)
    }

    /// The same with tables told apart.
    fn of(&self, program: &Program) -> Self {
        let roles = roles(program);
        let is_public = |name: &str| rows(program).any(|(_, input)| input.role.is_none() && input.name == name);
        self.told_apart(|name| roles.iter().any(|role| role == name), is_public)
    }

    fn bind_all(&self, program: &Program) -> Result<Bound, Error> {
        self.check_names(program)?;
        let mut positional = slots::positional(program, &self.slots)?;
        let mut bound = Bound::default();
        for (row, input) in rows(program).filter(|(_, input)| input.role.is_none()) {
            bound.public.push((row, self.public_value(program, input)?));
        }
        for role in roles(program) {
            for index in 0..self.clients_of(program, &role)? {
                let values = self.client_values(program, &role, index)?;
                let slot = bound.clients.len();
                let (positional, positional_texts) =
                    (positional.remove(&slot).unwrap_or_default(), self.texts_of(slot));
                let role = role.clone();
                bound.clients.push(BoundClient { role, index, values, positional, positional_texts });
            }
        }
        if roles(program).is_empty() {
            let given = positional.keys().next_back().map_or(0, |last| last + 1);
            let joining = given.max(self.receivers.unwrap_or(0)).max(slots::receiving(program));
            for slot in 0..joining.min(super::MAX_CLIENTS) {
                let (positional, positional_texts) =
                    (positional.remove(&slot).unwrap_or_default(), self.texts_of(slot));
                let (role, values) = (slots::role(slot), Vec::new());
                bound.clients.push(BoundClient { role, index: 0, values, positional, positional_texts });
            }
            bound.output_clients = self.receivers.and_then(|count| u32::try_from(count).ok());
        }
        match positional.keys().next() {
            Some(slot) => {
                let message = format!("there is no client in this slot: {} join", bound.clients.len());
                Err(InputError::new(slots::role(*slot), message).into())
            }
            None => Ok(bound),
        }
    }

    /// Binds what the client in a slot gives for its role.
    ///
    /// # Errors
    /// For an unknown, missing or ill-typed input.
    pub(crate) fn bind_client(&self, program: &Program, role: &str, slot: usize) -> Result<ClientGiven, Error> {
        let inputs = self.of(program);
        inputs.check_names(program)?;
        let positional = slots::positional(program, &inputs.slots)?.remove(&slot).unwrap_or_default();
        Ok(ClientGiven { values: inputs.client_values(program, role, 0)?, positional })
    }

    fn texts_of(&self, slot: usize) -> Vec<String> {
        self.slots.iter().filter(|(one, _)| *one == slot).map(|(_, text)| text.clone()).collect()
    }

    fn check_names(&self, program: &Program) -> Result<(), InputError> {
        let mut seen = BTreeMap::new();
        for (name, _) in &self.public {
            let known =
                || rows(program).filter(|(_, input)| input.role.is_none()).map(|(_, input)| input.name.as_str());
            if !known().any(|one| one == name) {
                let owned =
                    rows(program).find(|(_, input)| input.name == *name).and_then(|(_, input)| input.role.as_ref());
                return Err(unknown("input", name, owned.map(|role| format!("{role}.{name}")), known()));
            }
            repeated(&mut seen, name.clone())?;
        }
        for (role, index, name, _) in &self.clients {
            let all = roles(program);
            if !all.contains(role) {
                return Err(unknown("role", role, None, all.iter().map(String::as_str)));
            }
            let known = || {
                let of_role = rows(program).filter(|(_, input)| input.role.as_ref() == Some(role));
                of_role.map(|(_, input)| input.name.as_str())
            };
            if !known().any(|one| one == name) {
                return Err(unknown(&format!("input of role `{role}`:"), name, None, known()));
            }
            repeated(&mut seen, format!("{role}[{index}].{name}"))?;
        }
        Ok(())
    }

    fn public_value(&self, program: &Program, input: &InputRow) -> Result<Value, Error> {
        let ty = &program.types[input.ty as usize];
        match (self.public.iter().find(|(name, _)| *name == input.name), &input.default) {
            (Some((_, given)), _) => given.value(program, ty, &input.name),
            (None, Some(default)) => Given::Text(default.clone()).value(program, ty, &input.name),
            (None, None) => Err(missing(&input.name, &input.name).into()),
        }
    }

    fn client_values(&self, program: &Program, role: &str, index: usize) -> Result<Vec<(u32, Value)>, Error> {
        let mut values = Vec::new();
        for (row, input) in rows(program).filter(|(_, input)| input.role.as_deref() == Some(role)) {
            let mut of_client = self.clients.iter();
            let found = of_client.find(|(one, i, name, _)| one == role && *i == index && *name == input.name);
            let target =
                if index == 0 { format!("{role}.{}", input.name) } else { format!("{role}[{index}].{}", input.name) };
            let Some((.., given)) = found else { return Err(missing(&target, &target).into()) };
            let Some(ty) = given_type(program, row) else { continue };
            values.push((row, given.value(program, ty, &target)?));
        }
        Ok(values)
    }

    /// How many clients join in a role.
    fn clients_of(&self, program: &Program, role: &str) -> Result<usize, InputError> {
        let given = self.clients.iter().filter(|(one, ..)| one == role).map(|(_, index, ..)| index + 1).max();
        let gives = rows(program).any(|(_, input)| input.role.as_deref() == Some(role));
        let each = rows(program).any(|(_, input)| input.each && input.role.as_deref() == Some(role))
            || program.outputs.iter().any(|row| row.to == Receivers::EachOf(role.to_owned()));
        match (given, gives, each) {
            (Some(count), _, false) if count > 1 => {
                Err(InputError::new(role, format!("exactly one client joins in this role, {count} were given")))
            }
            (Some(count), ..) => Ok(count),
            (None, true, true) => Ok(0),
            (None, false, true) => self.receivers.ok_or_else(|| {
                InputError::new(role, "say how many clients receive in this role: --expected-output-clients N")
            }),
            (None, ..) => Ok(1),
        }
    }
}

impl Given {
    fn value(&self, program: &Program, ty: &Type, place: &str) -> Result<Value, Error> {
        match self {
            Self::Text(text) => {
                // Where a string is wanted its quotes may be left out.
                let bare = match ty {
                    Type::Str | Type::Text => true,
                    Type::Optional(member) => matches!(**member, Type::Str | Type::Text) && text != "None",
                    _ => false,
                };
                let literal = if bare && !text.starts_with(['"', '\'']) {
                    Literal::Str(text.clone())
                } else {
                    Literal::parse(text).map_err(|error| InputError::new(place, error.to_string()))?
                };
                Ok(coerce(program, &literal, ty, place)?)
            }
            // A string in a structured file is a constant expression unless a string is wanted.
            Self::Tree(literal) => Ok(coerce(program, literal, ty, place)?),
            Self::File(path) => read_file(program, path, ty),
        }
    }
}

fn read_file(program: &Program, path: &Path, ty: &Type) -> Result<Value, Error> {
    match path.extension().and_then(|extension| extension.to_str()) {
        Some("csv") => csv::read(program, path, ty),
        Some("json") => json::read(program, path, ty),
        _ => Err(InputError::new(path.display().to_string(), "input files end in .csv or .json").into()),
    }
}

fn rows(program: &Program) -> impl Iterator<Item = (u32, &InputRow)> {
    (0u32..).zip(&program.inputs)
}

/// Roles in order of first mention: parameters, then results.
pub(super) fn roles(program: &Program) -> Vec<String> {
    let given = program.inputs.iter().filter_map(|input| input.role.clone());
    // Roles that `reveal_to` alone names come after those of the signature.
    let outputs = program.outputs.iter().map(|row| &row.to).chain(program.disclosures.iter().map(|row| &row.to));
    let received = outputs.filter_map(|to| match to {
        Receivers::Role(role) | Receivers::EachOf(role) => Some(role.clone()),
        _ => None,
    });
    let mut out: Vec<String> = Vec::new();
    for role in given.chain(received) {
        if !out.contains(&role) {
            out.push(role);
        }
    }
    out
}

fn missing(place: &str, target: &str) -> InputError {
    InputError::new(place, format!("no value was given; add --input {target}=VALUE or an entry in --inputs FILE"))
}

fn repeated(seen: &mut BTreeMap<String, ()>, name: String) -> Result<(), InputError> {
    match seen.insert(name.clone(), ()) {
        None => Ok(()),
        Some(()) => Err(InputError::new(name, "given twice")),
    }
}

fn unknown<'k>(what: &str, name: &str, better: Option<String>, known: impl Iterator<Item = &'k str>) -> InputError {
    let known: Vec<&str> = known.collect();
    let near = better.or_else(|| nearest(name, known.iter().copied()).map(str::to_owned));
    let hint = match near {
        Some(near) => format!("did you mean `{near}`?"),
        None if known.is_empty() => "the program takes none".to_owned(),
        None => format!("known: {}", known.join(", ")),
    };
    InputError::new(name, format!("unknown {what} `{name}`; {hint}"))
}
