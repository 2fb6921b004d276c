//! Given inputs (text, TOML, CSV, JSON) and a program's interface in, values by parameter and client out.

mod bind;
mod coerce;
mod csv;
mod json;
mod literal;

use std::path::PathBuf;

pub use bind::{Bound, BoundClient};
pub(crate) use coerce::coerce;
pub(crate) use literal::Literal;

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
    /// Number of clients of roles that only receive.
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
    /// client. Strings are constant expressions, or files if they begin with `@`; paths are relative to the file.
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
                toml::Value::Table(fields) => self.add_client(&key, 0, fields, folder),
                toml::Value::Array(tables) if tables.iter().all(toml::Value::is_table) && !tables.is_empty() => {
                    for (index, fields) in tables.into_iter().enumerate() {
                        if let toml::Value::Table(fields) = fields {
                            self.add_client(&key, index, fields, folder);
                        }
                    }
                }
                value => self.public.push((key, given(value, folder))),
            }
        }
        Ok(())
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

/// Clients that one role may have on the command line.
const MAX_CLIENTS: usize = 10_000;

fn given(value: toml::Value, folder: &std::path::Path) -> Given {
    match value {
        toml::Value::String(text) => match text.strip_prefix('@') {
            Some(path) => Given::File(folder.join(path)),
            None => Given::Text(text),
        },
        other => Given::Tree(Literal::from_toml(other)),
    }
}
