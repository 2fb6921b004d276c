//! The declarations and imports of every file in, what a name denotes in a file out (LANGUAGE §4.3, §15).
//!
//! Functions, consts, aliases, objects, enums and module names share one name space with the script's
//! variables. One table of items serves all files: a [`Decl`] is an index into the package's lists, so a name that has been found
//! means the same everywhere. Not here: variables of functions (`body`).

use crate::hash::{HashMap, HashSet};
use std::rc::Rc;

use stoffel_syntax::{Code, Diagnostic, FileId, Span};

use super::suggest::nearest;
use super::tree::{Ident, ImportForm, Module, Pattern, Stmt, StmtKind};
use super::{prelude, types};
use crate::Sources;
use crate::package::{Package, Target};

/// What a name at the top level of a file denotes: an index into the package's lists.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Decl {
    Func(usize),
    Const(usize),
    Alias(usize),
    Object(usize),
    Enum(usize),
    /// A file that is imported; [`NO_FILE`] has no exports.
    Module(FileId),
    Foreign,
}

/// The module of an import of a library module that does not exist.
const NO_FILE: FileId = FileId(u32::MAX);

/// Where a name that is no item of its own file was found.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Seen {
    One(Decl),
    /// Two imported modules offer it (E0208).
    Several(FileId, FileId),
    Nowhere,
}

/// Why a module does not offer a name.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Hidden {
    /// It begins with `_` (E0205).
    Private,
    /// It is not there (E0213); the nearest one that is.
    Missing(Option<String>),
}

/// The names of one file.
#[derive(Debug, Default)]
struct FileNames {
    /// Items, names of modules, and imported names.
    decls: HashMap<Rc<str>, Decl>,
    /// Those of them that other files may see; private ones too.
    items: HashSet<Rc<str>>,
    /// Modules by their dotted paths.
    dotted: HashMap<Rc<str>, Decl>,
    /// Modules whose exports are visible by their bare names.
    weak: Vec<FileId>,
    /// Some import names nothing, so what is unknown here may come from there.
    blind: bool,
}

/// The names of all files.
#[derive(Debug, Default)]
pub(crate) struct Names {
    files: Vec<FileNames>,
    /// The files that export a name, in order.
    exporters: HashMap<Rc<str>, Vec<FileId>>,
    /// Variables of the script's top level, at any depth.
    pub(crate) script_vars: HashSet<Rc<str>>,
}

/// A file while its names are collected.
pub(crate) struct Source<'m> {
    pub(crate) module: &'m Module,
    /// How many items of each list stand in files before it.
    pub(crate) first: First,
}

/// Where a file's items begin in the package's lists.
#[derive(Clone, Copy, Default, Debug)]
pub(crate) struct First {
    pub(crate) funcs: usize,
    pub(crate) consts: usize,
    pub(crate) aliases: usize,
    pub(crate) objects: usize,
    pub(crate) enums: usize,
}

impl First {
    /// Where the items of the file after `module` begin.
    pub(crate) fn after(self, module: &Module) -> Self {
        Self {
            funcs: self.funcs + module.funcs.len(),
            consts: self.consts + module.consts.len(),
            aliases: self.aliases + module.aliases.len(),
            objects: self.objects + module.objects.len(),
            enums: self.enums + module.enums.len(),
        }
    }
}

impl Names {
    /// Collects the names; reports what is declared twice, and imported names that are not there.
    pub(crate) fn collect(files: &[Source<'_>], package: &Package, diagnostics: &mut Vec<Diagnostic>) -> Self {
        let mut names = Self::default();
        for (id, file) in (0u32..).zip(files) {
            let own = FileNames::items(FileId(id), file);
            for name in own.items.iter().filter(|name| !name.starts_with('_')) {
                names.exporters.entry(name.clone()).or_default().push(FileId(id));
            }
            names.files.push(own);
        }
        for (id, file) in (0u32..).zip(files) {
            names.imports(FileId(id), file.module, package, diagnostics);
            duplicates(file.module, diagnostics);
        }
        if let Some(main) = files.first() {
            collect_vars(&main.module.code, &mut names.script_vars);
        }
        names
    }

    /// What a name denotes in a file by a declaration or import of its own.
    pub(crate) fn own(&self, file: FileId, name: &str) -> Option<Decl> {
        self.files.get(file.0 as usize)?.decls.get(name).copied()
    }

    /// What a name denotes in a file beside its own declarations: an export of a module that it imports as a whole. Cost: the
    /// number of modules that export the name, or that the file imports, whichever is less.
    pub(crate) fn weak(&self, file: FileId, name: &str) -> Seen {
        let Some(weak) = self.files.get(file.0 as usize).map(|names| &names.weak) else { return Seen::Nowhere };
        let Some(exporters) = self.exporters.get(name) else { return Seen::Nowhere };
        let (few, many) = if weak.len() < exporters.len() { (weak, exporters) } else { (exporters, weak) };
        let mut hits = few.iter().filter(|module| many.binary_search(module).is_ok());
        match (hits.next(), hits.next()) {
            (None, _) => Seen::Nowhere,
            (Some(module), None) => self.own(*module, name).map_or(Seen::Nowhere, Seen::One),
            (Some(a), Some(b)) => Seen::Several(*a, *b),
        }
    }

    /// All exports of this name that a file sees by the bare name.
    pub(crate) fn offers(&self, file: FileId, name: &str) -> Vec<Decl> {
        if let Some(own) = self.own(file, name) {
            return vec![own];
        }
        let Some(names) = self.files.get(file.0 as usize) else { return Vec::new() };
        let exporters = self.exporters.get(name).map_or(&[][..], Vec::as_slice);
        let seen = exporters.iter().filter(|module| names.weak.binary_search(module).is_ok());
        seen.filter_map(|module| self.own(*module, name)).collect()
    }

    /// The module of this dotted path in a file, `None` if it imports none such. A path of one name may be the module's name.
    pub(crate) fn module(&self, file: FileId, path: &[&str]) -> Option<Decl> {
        let names = self.files.get(file.0 as usize)?;
        if let [name] = path
            && let Some(decl) = names.decls.get(*name)
        {
            return matches!(decl, Decl::Module(_)).then_some(*decl);
        }
        if names.dotted.is_empty() {
            return None;
        }
        names.dotted.get(path.join(".").as_str()).copied()
    }

    /// An export of a module.
    pub(crate) fn export(&self, module: FileId, name: &str) -> Result<Decl, Hidden> {
        let Some(names) = self.files.get(module.0 as usize) else { return Err(Hidden::Missing(None)) };
        if !names.items.contains(name) {
            let known = names.items.iter().map(|known| &**known).filter(|known| !known.starts_with('_'));
            return Err(Hidden::Missing(nearest(name, known).map(str::to_owned)));
        }
        if name.starts_with('_') {
            return Err(Hidden::Private);
        }
        names.decls.get(name).copied().ok_or(Hidden::Missing(None))
    }

    /// The module imported as a whole in which this name is private.
    pub(crate) fn private(&self, file: FileId, name: &str) -> Option<FileId> {
        let names = self.files.get(file.0 as usize).filter(|_| name.starts_with('_'))?;
        names.weak.iter().copied().find(|module| self.files[module.0 as usize].items.contains(name))
    }

    /// Whether something that is unknown in a file may come from an import that failed.
    pub(crate) fn is_blind(&self, file: FileId) -> bool {
        self.files.get(file.0 as usize).is_some_and(|names| names.blind)
    }

    /// Names to choose the nearest from.
    pub(crate) fn visible(&self, file: FileId) -> impl Iterator<Item = &str> {
        let names = self.files.get(file.0 as usize);
        let own = names.into_iter().flat_map(|names| names.decls.keys());
        let weak =
            names.into_iter().flat_map(|names| &names.weak).filter_map(|module| self.files.get(module.0 as usize));
        let weak = weak.flat_map(|names| &names.items).filter(|name| !name.starts_with('_'));
        own.chain(weak).map(|name| &**name).filter(|name| !super::inner::is_inner(name))
    }

    fn imports(&mut self, file: FileId, module: &Module, package: &Package, diagnostics: &mut Vec<Diagnostic>) {
        for (import, target) in module.imports.iter().zip(&package.units[file.0 as usize].targets) {
            let decl = match *target {
                Target::File(target) => Decl::Module(target),
                Target::Empty => Decl::Module(NO_FILE),
                Target::Missing => Decl::Foreign,
            };
            match &import.form {
                ImportForm::Module(name) => {
                    let names = &mut self.files[file.0 as usize];
                    declare(&mut names.decls, name, decl);
                    if !import.path.is_empty() {
                        names.dotted.entry(import.path.clone()).or_insert(decl);
                    }
                    match decl {
                        Decl::Module(target) if target != NO_FILE && target != file => names.weak.push(target),
                        Decl::Module(_) => {}
                        _ => names.blind = true,
                    }
                }
                ImportForm::Names(wanted) => {
                    for (export, name) in wanted {
                        let found = match decl {
                            Decl::Module(target) => self.export(target, &export.text).unwrap_or_else(|hidden| {
                                let file = file_name(package.sources(), target);
                                diagnostics.push(hidden.report(&export.text, export.span, file));
                                Decl::Foreign
                            }),
                            _ => Decl::Foreign,
                        };
                        declare(&mut self.files[file.0 as usize].decls, name, found);
                    }
                }
            }
        }
        let weak = &mut self.files[file.0 as usize].weak;
        weak.sort_unstable();
        weak.dedup();
    }
}

impl FileNames {
    fn items(id: FileId, file: &Source<'_>) -> Self {
        let mut names = Self::default();
        let (module, first) = (file.module, file.first);
        for (at, func) in module.funcs.iter().enumerate().filter(|(_, func)| !func.nested && func.owner.is_none()) {
            names.item(&func.name, Decl::Func(first.funcs + at), id == FileId(0) || !func.is_entry());
        }
        for (at, item) in module.consts.iter().enumerate() {
            names.item(&item.name, Decl::Const(first.consts + at), true);
        }
        for (at, item) in module.aliases.iter().enumerate() {
            names.item(&item.name, Decl::Alias(first.aliases + at), true);
        }
        for (at, item) in module.objects.iter().enumerate() {
            names.item(&item.name, Decl::Object(first.objects + at), true);
        }
        for (at, item) in module.enums.iter().enumerate() {
            names.item(&item.name, Decl::Enum(first.enums + at), true);
        }
        names
    }

    /// Enters an item; the entry of an imported file is no export.
    fn item(&mut self, name: &Ident, decl: Decl, exported: bool) {
        if declare(&mut self.decls, name, decl) && exported {
            self.items.insert(name.text.clone());
        }
    }
}

impl Hidden {
    /// E0205 or E0213.
    pub(crate) fn report(self, name: &str, span: Span, module: &str) -> Diagnostic {
        match self {
            Self::Private => Diagnostic::new(Code::E0205, span, format!("`{name}` is private to {module}"))
                .help("names that begin with `_` are used in their own file only"),
            Self::Missing(near) => {
                let mut found = Diagnostic::new(Code::E0213, span, format!("{module} exports no `{name}`"));
                found.help = near.map(|near| format!("did you mean `{near}`?"));
                found
            }
        }
    }
}

/// The name of a module's file, for messages.
pub(crate) fn file_name(sources: &Sources, module: FileId) -> &str {
    sources.files.get(module.0 as usize).map_or("the module", |file| file.name.as_str())
}

/// Enters a name unless it is built in or taken; whether it was entered.
fn declare(decls: &mut HashMap<Rc<str>, Decl>, name: &Ident, decl: Decl) -> bool {
    if name.text.is_empty() || is_built_in(&name.text) || decls.contains_key(&name.text) {
        return false;
    }
    decls.insert(name.text.clone(), decl);
    true
}

fn is_built_in(name: &str) -> bool {
    types::is_builtin(name) || prelude::is_module(name)
}

/// E0203.
fn duplicates(module: &Module, diagnostics: &mut Vec<Diagnostic>) {
    let mut first = HashMap::default();
    for name in &module.order {
        if is_built_in(&name.text) {
            let message = format!("`{}` is built in and cannot be redefined", name.text);
            diagnostics.push(Diagnostic::new(Code::E0203, name.span, message));
        } else if let Some(&before) = first.get(&name.text) {
            diagnostics.push(
                Diagnostic::new(Code::E0203, name.span, format!("`{}` is already declared", name.text))
                    .label(before, "first declared here"),
            );
        } else if !name.text.is_empty() {
            first.insert(name.text.clone(), name.span);
        }
    }
}

fn collect_vars(stmts: &[Stmt], out: &mut HashSet<Rc<str>>) {
    for stmt in stmts {
        match &stmt.kind {
            StmtKind::Var { pattern, .. } => collect_pattern(pattern, out),
            StmtKind::Func(_) => {}
            StmtKind::If(branches, other) => {
                branches.iter().for_each(|(_, body)| collect_vars(body, out));
                other.iter().for_each(|body| collect_vars(body, out));
            }
            StmtKind::While(_, body) | StmtKind::Block(body) => collect_vars(body, out),
            StmtKind::For(pattern, _, body) => {
                collect_pattern(pattern, out);
                collect_vars(body, out);
            }
            StmtKind::Match(_, arms) => arms.iter().for_each(|(_, body)| collect_vars(body, out)),
            _ => {}
        }
    }
}

fn collect_pattern(pattern: &Pattern, out: &mut HashSet<Rc<str>>) {
    match pattern {
        Pattern::Name(name) => {
            out.insert(name.text.clone());
        }
        Pattern::Discard => {}
        Pattern::Tuple(inner, _) => inner.iter().for_each(|pattern| collect_pattern(pattern, out)),
    }
}
