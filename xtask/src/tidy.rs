//! House rules in, violations out: who may depend on whom, module headers, no ambient effects in pure crates.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

/// The dependency table of ARCHITECTURE.md: crate folder, then the workspace crates that it may depend on.
const MAY_DEPEND: &[(&str, &[&str])] = &[
    ("value", &[]),
    ("syntax", &[]),
    ("crypto", &[]),
    ("net", &[]),
    ("bytecode", &["value"]),
    ("compiler", &["syntax", "bytecode", "value"]),
    ("mpc", &["crypto", "value"]),
    ("vm", &["bytecode", "value", "mpc"]),
    ("runtime", &["vm", "mpc", "bytecode", "net", "value"]),
    ("stoffel", &["value", "syntax", "compiler", "bytecode", "crypto", "mpc", "net", "vm", "runtime"]),
    ("cli", &["stoffel"]),
    ("leak", &["stoffel", "bytecode", "compiler", "mpc", "runtime", "syntax", "value", "vm"]),
];

/// Crates that never touch the world outside their arguments.
const PURE: &[&str] = &["value", "syntax", "compiler", "bytecode", "crypto", "mpc", "vm"];

/// What touches it.
const AMBIENT: &[&str] = &[
    "std::time",
    "std::fs",
    "std::env",
    "std::net",
    "std::process",
    "std::io::stdin",
    "SystemTime",
    "Instant::now",
    "getrandom",
    "tokio",
];

/// Lines above which a source file needs another noun.
const LINES_MAX: usize = 800;

/// Checks the whole workspace.
///
/// # Errors
/// If a rule is broken; every violation is listed.
pub(crate) fn run() -> Result<()> {
    let root = crate::root();
    let mut found = Vec::new();
    check_dependencies(&root, &mut found)?;
    check_reasons(&root, &mut found)?;
    for folder in ["crates", "xtask", "fuzz"] {
        for file in rust_files(&root.join(folder))? {
            check_source(&root, &file, &mut found)?;
        }
    }
    if found.is_empty() {
        eprintln!("== tidy: ok");
        return Ok(());
    }
    bail!("house rules are broken:\n  {}", found.join("\n  "))
}

fn check_dependencies(root: &Path, found: &mut Vec<String>) -> Result<()> {
    let table: BTreeMap<_, _> = MAY_DEPEND.iter().copied().collect();
    for entry in fs::read_dir(root.join("crates"))? {
        let folder = entry?.file_name().to_string_lossy().into_owned();
        let Some(allowed) = table.get(folder.as_str()) else {
            found.push(format!("crates/{folder} has no row in the dependency table"));
            continue;
        };
        let path = root.join("crates").join(&folder).join("Cargo.toml");
        let manifest: toml::Table =
            fs::read_to_string(&path)?.parse().with_context(|| format!("{}", path.display()))?;
        let dependencies = manifest.get("dependencies").and_then(toml::Value::as_table);
        for name in dependencies.into_iter().flat_map(toml::Table::keys) {
            let inner = if name == "stoffel" { Some("stoffel") } else { name.strip_prefix("stoffel-") };
            if let Some(inner) = inner
                && !allowed.contains(&inner)
            {
                found.push(format!("crates/{folder} must not depend on {name}"));
            }
            if name == "tokio" && !matches!(folder.as_str(), "net" | "runtime" | "node" | "cli") {
                found.push(format!("crates/{folder} must not know tokio"));
            }
        }
    }
    Ok(())
}

/// Every third-party dependency stands below a comment that says why it is there.
fn check_reasons(root: &Path, found: &mut Vec<String>) -> Result<()> {
    let manifest = fs::read_to_string(root.join("Cargo.toml"))?;
    let mut explained = false;
    for line in manifest.lines().skip_while(|line| *line != "[workspace.dependencies]").skip(1) {
        match line.split_once('=') {
            _ if line.starts_with('[') => break,
            _ if line.starts_with('#') => explained = true,
            Some((name, value)) if !explained && !value.contains("path") => {
                found.push(format!("Cargo.toml: dependency {}has no reason", name));
            }
            None => explained = false,
            Some(_) => {}
        }
    }
    Ok(())
}

fn check_source(root: &Path, file: &Path, found: &mut Vec<String>) -> Result<()> {
    let shown = file.strip_prefix(root).unwrap_or(file).display().to_string();
    let text = fs::read_to_string(file)?;
    let first = text.lines().find(|line| !line.starts_with("#!["));
    if !first.is_some_and(|line| line.starts_with("//! ")) {
        found.push(format!("{shown}: no module header"));
    }
    if file.file_name().is_some_and(|name| name == "mod.rs") {
        found.push(format!("{shown}: write foo.rs beside foo/"));
    }
    let lines = text.lines().count();
    if lines > LINES_MAX {
        found.push(format!("{shown}: {lines} lines; which noun is missing?"));
    }
    let in_crate = shown.strip_prefix("crates/").and_then(|rest| rest.split_once("/src/"));
    let pure = in_crate.is_some_and(|(folder, _)| PURE.contains(&folder));
    let in_tests = shown.ends_with("/tests.rs") || shown.contains("/tests/");
    if pure && !in_tests {
        let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or(&text);
        for (number, line) in code.lines().enumerate().filter(|(_, line)| !line.trim_start().starts_with("//")) {
            if let Some(word) = AMBIENT.iter().find(|word| line.contains(**word)) {
                found.push(format!("{shown}:{}: `{word}` in a pure crate", number + 1));
            }
        }
    }
    if !shown.starts_with("crates/crypto/")
        && shown != "crates/net/src/shm/map.rs"
        && text.contains(concat!("allow(", "unsafe_code)"))
    {
        found.push(format!("{shown}: unsafe code belongs to crates/crypto, and to the mapping of shared memory"));
    }
    Ok(())
}

fn rust_files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut out = Vec::new();
    if !folder.is_dir() {
        return Ok(out);
    }
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() && !path.ends_with("target") {
            out.extend(rust_files(&path)?);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            out.push(path);
        }
    }
    out.sort();
    Ok(out)
}
