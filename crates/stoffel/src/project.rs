//! A folder in, its `Stoffel.toml` and source files out; and new projects that run.

use std::fs;
use std::path::{Path, PathBuf};

use crate::error::Error;

/// The manifest's file name.
pub(crate) const MANIFEST: &str = "Stoffel.toml";

/// Keys of `Stoffel.toml` by section: the one table that parsing, messages and documentation share.
const KEYS: &[(&str, &[&str])] = &[
    ("package", &["name", "version"]),
    ("mpc", &["backend", "parties", "threshold", "rounding"]),
    ("build", &["source", "target_dir"]),
];

/// What `Stoffel.toml` says, with defaults filled in.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Project {
    /// Folder of the manifest.
    pub root: PathBuf,
    /// `package.name`
    pub name: String,
    /// `package.version`
    pub version: String,
    /// `mpc.backend`; `rep3` if absent.
    pub backend: String,
    /// `mpc.parties`; the backend's usual number if absent.
    pub parties: Option<u8>,
    /// `mpc.threshold`
    pub threshold: Option<u8>,
    /// `mpc.rounding` is `exact`: products of fixed-point numbers are rounded down, by a protocol that tells no party how; if absent or
    /// `stochastic` they are rounded up or down, by less work.
    pub exact_rounding: bool,
    /// `build.source`, relative to the root; `src/main.stfl` if absent.
    pub source: PathBuf,
    /// `build.target_dir`, relative to the root; `target` if absent.
    pub target_dir: PathBuf,
}

impl Project {
    /// The project whose manifest stands in `start` or the nearest folder above it.
    ///
    /// # Errors
    /// If there is none, or the manifest is wrong.
    pub fn find(start: &Path) -> Result<Self, Error> {
        let start = fs::canonicalize(start).map_err(|error| Error::read(start, error))?;
        let root = start.ancestors().find(|folder| folder.join(MANIFEST).is_file());
        root.map_or_else(|| Err(Error::NoProject { start: start.clone() }), Self::load)
    }

    /// The project in a folder.
    ///
    /// # Errors
    /// If the manifest cannot be read, has unknown keys, or values of the wrong type.
    pub fn load(root: &Path) -> Result<Self, Error> {
        let path = root.join(MANIFEST);
        let text = fs::read_to_string(&path).map_err(|error| Error::read(&path, error))?;
        Self::parse(root, &text).map_err(|message| Error::Manifest { path, message })
    }

    fn parse(root: &Path, text: &str) -> Result<Self, String> {
        let table: toml::Table =
            text.parse().map_err(|error: toml::de::Error| error.to_string().trim_end().to_owned())?;
        check_keys(&table)?;
        let name = string(&table, "package", "name")?.ok_or("`[package] name` is missing")?;
        check_name(&name)?;
        Ok(Self {
            root: root.to_path_buf(),
            name,
            version: string(&table, "package", "version")?.unwrap_or_else(|| "0.1.0".to_owned()),
            backend: string(&table, "mpc", "backend")?.unwrap_or_else(|| "rep3".to_owned()),
            parties: small(&table, "mpc", "parties")?,
            threshold: small(&table, "mpc", "threshold")?,
            exact_rounding: exact_rounding(&table)?,
            source: string(&table, "build", "source")?.unwrap_or_else(|| "src/main.stfl".to_owned()).into(),
            target_dir: string(&table, "build", "target_dir")?.unwrap_or_else(|| "target".to_owned()).into(),
        })
    }

    /// The main source file.
    #[must_use]
    pub fn source_path(&self) -> PathBuf {
        self.root.join(&self.source)
    }

    /// Makes a project that runs, with a test, in the new folder `folder`.
    ///
    /// # Errors
    /// If the folder exists and is not empty, its name is not a package name, or it cannot be written.
    pub fn create(folder: &Path) -> Result<Self, Error> {
        let name = folder.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        check_name(&name).map_err(|message| Error::Manifest { path: folder.join(MANIFEST), message })?;
        if fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_some()) {
            return Err(Error::FolderNotEmpty { folder: folder.to_path_buf() });
        }
        for (file, text) in TEMPLATE {
            let path = folder.join(file);
            if let Some(parent) = path.parent() {
                fs::create_dir_all(parent).map_err(|error| Error::write(parent, error))?;
            }
            fs::write(&path, text.replace("{{name}}", &name)).map_err(|error| Error::write(&path, error))?;
        }
        Self::load(folder)
    }
}

/// Files of a new project.
const TEMPLATE: &[(&str, &str)] = &[
    (MANIFEST, include_str!("../template/Stoffel.toml")),
    ("src/main.stfl", include_str!("../template/main.stfl")),
    ("tests/main_test.stfl", include_str!("../template/main_test.stfl")),
    ("inputs.toml", include_str!("../template/inputs.toml")),
    (".gitignore", "/target\n"),
];

fn check_name(name: &str) -> Result<(), String> {
    let good = name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
    if good {
        Ok(())
    } else {
        Err(format!("`{name}` is not a package name: letters, digits, `-` and `_`, a letter first"))
    }
}

fn check_keys(table: &toml::Table) -> Result<(), String> {
    let sections: Vec<&str> = KEYS.iter().map(|(section, _)| *section).collect();
    for (section, body) in table {
        let Some((_, keys)) = KEYS.iter().find(|(name, _)| name == section) else {
            return Err(unknown("section", section, &sections));
        };
        let body = body.as_table().ok_or_else(|| format!("`{section}` must be a section `[{section}]`"))?;
        if let Some(key) = body.keys().find(|key| !keys.contains(&key.as_str())) {
            return Err(unknown(&format!("key in [{section}]"), key, keys));
        }
    }
    Ok(())
}

fn unknown(what: &str, name: &str, known: &[&str]) -> String {
    let near = crate::names::nearest(name, known.iter().copied());
    let hint = near.map_or_else(|| format!("known: {}", known.join(", ")), |near| format!("did you mean `{near}`?"));
    format!("unknown {what} `{name}`; {hint}")
}

fn value<'t>(table: &'t toml::Table, section: &str, key: &str) -> Option<&'t toml::Value> {
    table.get(section)?.get(key)
}

fn string(table: &toml::Table, section: &str, key: &str) -> Result<Option<String>, String> {
    match value(table, section, key) {
        None => Ok(None),
        Some(toml::Value::String(text)) => Ok(Some(text.clone())),
        Some(other) => Err(format!("`{key}` in [{section}] must be a string, not {}", other.type_str())),
    }
}

/// Whether products of fixed-point numbers are to be rounded exactly.
fn exact_rounding(table: &toml::Table) -> Result<bool, String> {
    match string(table, "mpc", "rounding")?.as_deref() {
        None | Some("stochastic") => Ok(false),
        Some("exact") => Ok(true),
        Some(other) => Err(format!("`rounding` in [mpc] must be `stochastic` or `exact`, not `{other}`")),
    }
}

fn small(table: &toml::Table, section: &str, key: &str) -> Result<Option<u8>, String> {
    match value(table, section, key) {
        None => Ok(None),
        Some(toml::Value::Integer(number)) if (1..=255).contains(number) => Ok(u8::try_from(*number).ok()),
        Some(other) => Err(format!("`{key}` in [{section}] must be an integer from 1 to 255, not {other}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Project, String> {
        Project::parse(Path::new("."), text)
    }

    #[test]
    fn defaults_fill_a_manifest_of_one_line() {
        let project = parse("package.name = \"p\"").unwrap();
        assert_eq!((project.backend.as_str(), project.parties), ("rep3", None));
        assert_eq!(project.source, PathBuf::from("src/main.stfl"));
    }

    #[test]
    fn unknown_keys_name_the_nearest_known_one() {
        let message = parse("[package]\nname = \"p\"\n[mpc]\nthreshhold = 1").unwrap_err();
        assert_eq!(message, "unknown key in [mpc] `threshhold`; did you mean `threshold`?");
        assert!(parse("[pakage]\nname = \"p\"").unwrap_err().contains("did you mean `package`?"));
    }

    #[test]
    fn values_of_the_wrong_type_are_refused() {
        assert!(parse("[package]\nname = 3").unwrap_err().contains("must be a string"));
        assert!(parse("[package]\nname = \"p\"\n[mpc]\nparties = 0").unwrap_err().contains("from 1 to 255"));
        assert!(
            parse("[package]\nname = \"p\"\n[mpc]\nrounding = \"up\"").unwrap_err().contains("`stochastic` or `exact`")
        );
        assert!(parse("[package]\nname = \"p\"\n[mpc]\nrounding = \"exact\"").unwrap().exact_rounding);
        assert!(parse("[package]\nname = \"../p\"").unwrap_err().contains("not a package name"));
    }
}
