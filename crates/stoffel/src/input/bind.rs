//! Given inputs and a program's interface in; every parameter's value, by owner, or the first thing that is wrong out.

use std::collections::BTreeMap;
use std::path::Path;

use stoffel_bytecode::{InputRow, Program, Receivers, Type};
use stoffel_value::Value;

use super::{Given, InputError, Inputs, Literal, coerce, csv, json};
use crate::error::Error;
use crate::names::nearest;

/// Values for a run: public parameters, and the clients in slot order.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Bound {
    /// Row of the interface and value of each public parameter.
    pub public: Vec<(u32, Value)>,
    /// Clients: roles in order of first mention in the signature, then joining order.
    pub clients: Vec<BoundClient>,
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
}

impl Inputs {
    /// Binds what was given to the parameters of `program`.
    ///
    /// # Errors
    /// For an unknown, repeated, missing or ill-typed input, or a wrong number of clients.
    pub fn bind(&self, program: &Program) -> Result<Bound, Error> {
        self.check_names(program)?;
        if let Some((slot, _)) = self.slots.first() {
            let message = "the program reads no positional inputs (ClientStore); give its parameters by name";
            return Err(InputError::new(format!("slot {slot}"), message).into());
        }
        let mut bound = Bound::default();
        for (row, input) in rows(program).filter(|(_, input)| input.role.is_none()) {
            bound.public.push((row, self.public_value(program, input)?));
        }
        for role in roles(program) {
            for index in 0..self.clients_of(program, &role)? {
                let values = self.client_values(program, &role, index)?;
                bound.clients.push(BoundClient { role: role.clone(), index, values });
            }
        }
        Ok(bound)
    }

    /// Binds what one client gives for its role.
    ///
    /// # Errors
    /// For an unknown, missing or ill-typed input.
    pub(crate) fn bind_client(&self, program: &Program, role: &str) -> Result<Vec<(u32, Value)>, Error> {
        self.check_names(program)?;
        self.client_values(program, role, 0)
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
            (Some((_, given)), _) => given.value(ty, &input.name),
            (None, Some(default)) => Given::Text(default.clone()).value(ty, &input.name),
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
            values.push((row, given.value(client_type(program, input), &target)?));
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
    fn value(&self, ty: &Type, place: &str) -> Result<Value, Error> {
        match self {
            Self::Text(text) => {
                let literal = if *ty == Type::Str && !text.starts_with(['"', '\'']) {
                    Literal::Text(text.clone())
                } else {
                    Literal::parse(text).map_err(|message| InputError::new(place, message))?
                };
                Ok(coerce(&literal, ty, place)?)
            }
            // A string in a structured file is a constant expression unless a string is wanted.
            Self::Tree(literal) => Ok(coerce(literal, ty, place)?),
            Self::File(path) => read_file(path, ty),
        }
    }
}

fn read_file(path: &Path, ty: &Type) -> Result<Value, Error> {
    match path.extension().and_then(|extension| extension.to_str()) {
        Some("csv") => csv::read(path, ty),
        Some("json") => json::read(path, ty),
        _ => Err(InputError::new(path.display().to_string(), "input files end in .csv or .json").into()),
    }
}

fn rows(program: &Program) -> impl Iterator<Item = (u32, &InputRow)> {
    (0u32..).zip(&program.inputs)
}

/// The type that one client gives for a parameter: the member of the list for `from each`.
pub(super) fn client_type<'p>(program: &'p Program, input: &InputRow) -> &'p Type {
    match &program.types[input.ty as usize] {
        Type::List(member) if input.each => member,
        whole => whole,
    }
}

/// Roles in order of first mention: parameters, then results.
pub(super) fn roles(program: &Program) -> Vec<String> {
    let given = program.inputs.iter().filter_map(|input| input.role.clone());
    let received = program.outputs.iter().filter_map(|output| match &output.to {
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
