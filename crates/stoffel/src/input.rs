//! Given inputs (text, TOML, CSV, JSON) and a program's interface in, values by parameter and client out.

mod bind;
mod csv;
mod json;
mod object;
mod slots;

use std::path::PathBuf;

pub use bind::{Bound, BoundClient};
use stoffel_bytecode::{Program, Type};
use stoffel_value::{Literal, ParseError, Value};

/// One input that cannot be taken: where, and what is wrong with it.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{place}: {message}")]
pub struct InputError {
    /// The parameter, or file with row and column.
    pub place: String,
    /// What is wrong and what to do.
    pub message: String,
}

impl InputError {
    pub(crate) fn new(place: impl Into<String>, message: impl Into<String>) -> Self {
        Self { place: place.into(), message: message.into() }
    }
}

/// A value as it was given, before the parameter's type is known.
#[derive(Clone, Debug)]
pub(crate) enum Given {
    /// A constant expression as text.
    Text(String),
    /// A structured value from TOML.
    Tree(Literal),
    /// A CSV or JSON file, by its extension.
    File(PathBuf),
}

/// Everything that was given for a run.
#[derive(Clone, Default, Debug)]
pub struct Inputs {
    /// Public parameters: name and value.
    public: Vec<(String, Given)>,
    /// Role, index of the client in it, parameter and value.
    clients: Vec<(String, usize, String, Given)>,
    /// Tables of TOML files under names of roles or of public parameters, which the program tells apart; paths are relative to the folder.
    tables: Vec<(String, toml::Value, PathBuf)>,
    /// Number of clients that only receive: of a role with `to each`, or of all slots.
    receivers: Option<usize>,
    /// Positional inputs: slot and value, in order.
    slots: Vec<(usize, String)>,
}

impl Inputs {
    /// Adds `name=value`, `role.name=value` or `role[2].name=value`; a value `@file` is read from a file.
    ///
    /// # Errors
    /// If the text has none of these forms.
    pub fn add_flag(&mut self, flag: &str) -> Result<(), InputError> {
        let (target, value) = flag.split_once('=').ok_or_else(|| {
            InputError::new(format!("--input {flag}"), "write NAME=VALUE, ROLE.NAME=VALUE or ROLE[2].NAME=VALUE")
        })?;
        let given = match value.strip_prefix('@') {
            Some(path) => Given::File(path.into()),
            None => Given::Text(value.to_owned()),
        };
        self.add(target.trim(), given)
    }

    /// Adds one positional input `SLOT=VALUE`.
    ///
    /// # Errors
    /// If the text has another form.
    pub fn add_slot(&mut self, flag: &str) -> Result<(), InputError> {
        let parsed = flag.split_once('=').and_then(|(slot, value)| Some((slot.trim().parse().ok()?, value.to_owned())));
        self.slots.push(parsed.ok_or_else(|| InputError::new(format!("--client-input {flag}"), "write SLOT=VALUE"))?);
        Ok(())
    }

    /// Adds every entry of a TOML file, see [`Inputs::add_toml`].
    ///
    /// # Errors
    /// If the file cannot be read or is wrong.
    pub fn add_file(&mut self, path: &std::path::Path) -> Result<(), crate::Error> {
        let text = std::fs::read_to_string(path).map_err(|error| crate::Error::read(path, error))?;
        Ok(self.add_toml(path, &text)?)
    }

    /// Sets how many clients join in roles that only receive.
    pub fn set_receivers(&mut self, count: usize) {
        self.receivers = Some(count);
    }

    /// Adds every entry of a TOML file: `name = value`, `role.name = value`, or `role = [{ name = value }, …]` with one table per
    /// client. A table, or a list of them, under the name of a public parameter is that parameter's value, unless a role has the name.
    /// Strings are constant expressions, or files if they begin with `@`; paths are relative to the file. `"slot 0" = [40]`
    /// lists the positional inputs of a slot.
    ///
    /// # Errors
    /// If the file is not TOML or an entry has another form.
    pub fn add_toml(&mut self, path: &std::path::Path, text: &str) -> Result<(), InputError> {
        let place = path.display().to_string();
        let table: toml::Table =
            text.parse().map_err(|error: toml::de::Error| InputError::new(&place, error.to_string().trim_end()))?;
        let folder = path.parent().unwrap_or_else(|| std::path::Path::new(""));
        for (key, value) in table {
            match value {
                toml::Value::Array(values) if slots::slot_of(&key).is_some() => {
                    let slot = slots::slot_of(&key).unwrap_or_default();
                    self.slots.extend(values.iter().map(|value| (slot, constant(value))));
                }
                value if is_tables(&value) => self.tables.push((key, value, folder.to_owned())),
                value => self.public.push((key, given(value, folder))),
            }
        }
        Ok(())
    }

    /// The same with every table as what it is in the program: a client of a role, or a public parameter.
    pub(crate) fn told_apart(&self, is_role: impl Fn(&str) -> bool, is_public: impl Fn(&str) -> bool) -> Self {
        let mut out = Self { tables: Vec::new(), ..self.clone() };
        for (key, value, folder) in &self.tables {
            match value.clone() {
                value if is_public(key) && !is_role(key) => out.public.push((key.clone(), given(value, folder))),
                toml::Value::Table(fields) => out.add_client(key, 0, fields, folder),
                toml::Value::Array(tables) => {
                    for (index, fields) in tables.into_iter().enumerate() {
                        if let toml::Value::Table(fields) = fields {
                            out.add_client(key, index, fields, folder);
                        }
                    }
                }
                _ => {}
            }
        }
        out
    }

    fn add_client(&mut self, role: &str, index: usize, fields: toml::Table, folder: &std::path::Path) {
        for (name, value) in fields {
            self.clients.push((role.to_owned(), index, name, given(value, folder)));
        }
    }

    fn add(&mut self, target: &str, given: Given) -> Result<(), InputError> {
        let wrong =
            || InputError::new(format!("--input {target}"), "write NAME, ROLE.NAME or ROLE[2].NAME before the `=`");
        let Some((role, name)) = target.split_once('.') else {
            self.public.push((target.to_owned(), given));
            return Ok(());
        };
        let (role, index) = match role.split_once('[') {
            None => (role, 0),
            Some((role, index)) => {
                (role, index.strip_suffix(']').and_then(|index| index.parse().ok()).ok_or_else(wrong)?)
            }
        };
        if role.is_empty() || name.is_empty() || index >= MAX_CLIENTS {
            return Err(wrong());
        }
        self.clients.push((role.to_owned(), index, name.to_owned(), given));
        Ok(())
    }

    /// Adds a value for a parameter of a client.
    pub fn add_text(&mut self, role: Option<(&str, usize)>, name: &str, text: &str) {
        let given = Given::Text(text.to_owned());
        match role {
            Some((role, index)) => self.clients.push((role.to_owned(), index, name.to_owned(), given)),
            None => self.public.push((name.to_owned(), given)),
        }
    }
}

/// A table, or a list of tables.
fn is_tables(value: &toml::Value) -> bool {
    match value {
        toml::Value::Table(_) => true,
        toml::Value::Array(members) => !members.is_empty() && members.iter().all(toml::Value::is_table),
        _ => false,
    }
}

/// A TOML value as a constant expression.
fn constant(value: &toml::Value) -> String {
    match value {
        toml::Value::String(text) => text.clone(),
        toml::Value::Boolean(truth) => if *truth { "True" } else { "False" }.to_owned(),
        other => other.to_string(),
    }
}

/// Clients that one role may have on the command line.
const MAX_CLIENTS: usize = 10_000;

fn given(value: toml::Value, folder: &std::path::Path) -> Given {
    match value {
        toml::Value::String(text) => match text.strip_prefix('@') {
            Some(path) => Given::File(folder.join(path)),
            None => Given::Text(text),
        },
        other => Given::Tree(from_toml(other)),
    }
}

/// A structured value; dates stand for their text, which no type takes but strings. Tables are dicts, their keys in order.
fn from_toml(value: toml::Value) -> Literal {
    match value {
        toml::Value::String(text) => Literal::Str(text),
        toml::Value::Integer(number) => Literal::Number(number.to_string()),
        toml::Value::Float(number) => Literal::Number(format!("{number:?}")),
        toml::Value::Boolean(truth) => Literal::Bool(truth),
        toml::Value::Array(members) => Literal::List(members.into_iter().map(from_toml).collect()),
        toml::Value::Datetime(date) => Literal::Str(date.to_string()),
        toml::Value::Table(table) => {
            Literal::Dict(table.into_iter().map(|(key, value)| (Literal::Str(key), from_toml(value))).collect())
        }
    }
}

/// The value of a literal in the public form of a type; secret leaves are given in the clear to their owner's client.
///
/// # Errors
/// If it does not fit, naming the place (`place` and the path of members below it).
fn coerce(program: &Program, literal: &Literal, ty: &Type, place: &str) -> Result<Value, InputError> {
    if ty.holds_object() {
        return object::value(program, literal, ty, place);
    }
    literal.coerce(&ty.shape()).map_err(|error| match error {
        ParseError::At { path, error } => InputError::new(format!("{place}{path}"), error.to_string()),
        error => InputError::new(place, error.to_string()),
    })
}
