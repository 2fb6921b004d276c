//! The program's file and a loader in; every file that it imports, parsed, with the file that each import names, out (LANGUAGE §15).
//!
//! Files are numbered in the order in which a walk along the imports first meets them, so numbers and names depend on the
//! package alone. The walk keeps its own stack: chains of imports may be as long as memory allows. Cost: linear in the text.
//! Not here: reading files (the caller's [`Loader`]), what the imported names mean (`analysis`).

use crate::hash::{HashMap, HashSet};

use stoffel_syntax::ast::{self, AstNode};
use stoffel_syntax::{Code, Diagnostic, FileId, Parse, Span};

use crate::{SourceFile, Sources, library};

/// Gives the compiler its files. Paths are relative to the package, with `/`; `..` stands in front only.
pub trait Loader {
    /// The bytes of a file, `None` if there is none.
    fn load(&self, path: &str) -> Option<Vec<u8>>;

    /// Folders in which a module is looked for after the importing file's own, in order; `""` is the package.
    fn roots(&self) -> &[String];
}

/// Files by their names; the one root is the package itself.
impl Loader for Sources {
    fn load(&self, path: &str) -> Option<Vec<u8>> {
        self.files.iter().find(|file| file.name == path).map(|file| file.text.clone().into_bytes())
    }

    fn roots(&self) -> &[String] {
        const PACKAGE: &[String] = &[String::new()];
        PACKAGE
    }
}

/// What the path of an import names.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Target {
    /// A file of the package or the library.
    File(FileId),
    /// A `std.` module that does not exist: it is empty (W0202).
    Empty,
    /// Nothing (E0207): what is used of it is not reported again.
    Missing,
}

/// A file with what the parser made of it.
#[derive(Clone, Debug)]
pub(crate) struct Unit {
    pub(crate) parse: Parse,
    /// It is a file of the embedded library.
    pub(crate) is_std: bool,
    /// What its imports name, in their order.
    pub(crate) targets: Vec<Target>,
}

/// A program's files, parsed.
#[derive(Clone, Debug, Default)]
pub struct Package {
    sources: Sources,
    pub(crate) units: Vec<Unit>,
    /// E0207, E0209, W0202.
    pub(crate) diagnostics: Vec<Diagnostic>,
}

impl Package {
    /// Loads what the file `name` with these bytes imports. Each file is read once, so that one that changes meanwhile is still
    /// one text. Findings about imports are among those of the compilation.
    #[must_use]
    pub fn load(name: String, bytes: Vec<u8>, loader: &dyn Loader) -> Self {
        let mut walk =
            Walk { loader, package: Self::default(), ids: HashMap::default(), open: Vec::new(), depths: Vec::new() };
        walk.enter_bytes(name, bytes);
        walk.run();
        walk.package
    }

    /// The package whose program is the first file of `sources`; the others are there to be imported.
    #[must_use]
    pub fn of(sources: &Sources) -> Self {
        sources
            .files
            .first()
            .map_or_else(Self::default, |main| Self::load(main.name.clone(), main.text.clone().into_bytes(), sources))
    }

    /// Names of the program's tests: its functions `test_*`, and `test_x[i]` for each case of one with a parameter. Each can be an
    /// [`crate::Options::entry`].
    #[must_use]
    pub fn tests(&self) -> Vec<String> {
        crate::driver::deep(|| crate::analysis::tests(self))
    }

    /// The files, by the ids that spans hold.
    #[must_use]
    pub const fn sources(&self) -> &Sources {
        &self.sources
    }
}

/// An import at the top level of a file.
struct Wanted {
    path: Path,
    span: Span,
}

/// The path of an import.
enum Path {
    Names(Vec<String>),
    Text(String),
    /// It has a syntax error.
    Broken,
}

/// A file whose imports are being loaded.
struct Open {
    file: FileId,
    wanted: std::vec::IntoIter<Wanted>,
}

struct Walk<'l> {
    loader: &'l dyn Loader,
    package: Package,
    ids: HashMap<String, FileId>,
    open: Vec<Open>,
    /// Where each file stands in `open`, while it does.
    depths: Vec<Option<usize>>,
}

impl Walk<'_> {
    fn run(&mut self) {
        while let Some(open) = self.open.last_mut() {
            let file = open.file;
            let Some(wanted) = open.wanted.next() else {
                self.open.pop();
                self.depths[file.0 as usize] = None;
                continue;
            };
            let target = self.target(file, &wanted);
            self.package.units[file.0 as usize].targets.push(target);
        }
    }

    /// Adds a file; its imports are loaded next.
    fn enter(&mut self, source: SourceFile, parse: Parse, is_std: bool) -> FileId {
        let file = FileId(u32::try_from(self.package.units.len()).unwrap_or(u32::MAX));
        let wanted = imports(file, &parse.tree()).into_iter();
        self.ids.insert(source.name.clone(), file);
        self.package.sources.files.push(source);
        self.package.units.push(Unit { parse, is_std, targets: Vec::new() });
        self.depths.push(Some(self.open.len()));
        self.open.push(Open { file, wanted });
        file
    }

    fn target(&mut self, from: FileId, wanted: &Wanted) -> Target {
        let candidates = match &wanted.path {
            Path::Broken => return Target::Missing,
            Path::Names(names) if names.len() > 1 && names[0] == "std" => return self.library(names, wanted.span),
            Path::Names(names) => self.by_names(from, names),
            Path::Text(text) => match self.by_text(from, text) {
                Ok(path) => vec![path],
                Err(why) => return self.missing(wanted.span, why, None),
            },
        };
        for path in &candidates {
            if let Some(file) = self.file(path, wanted.span) {
                return Target::File(file);
            }
        }
        let looked = candidates.iter().map(|path| format!("`{path}`")).collect::<Vec<_>>().join(", ");
        self.missing(wanted.span, "there is no such module".to_owned(), Some(format!("looked for {looked}")))
    }

    fn missing(&mut self, span: Span, message: String, help: Option<String>) -> Target {
        let mut found = Diagnostic::new(Code::E0207, span, message);
        found.help = help;
        self.package.diagnostics.push(found);
        Target::Missing
    }

    /// Where `a.b` may be: beside the importing file, then in the roots.
    fn by_names(&self, from: FileId, names: &[String]) -> Vec<String> {
        let tail = format!("{}.stfl", names.join("/"));
        let folder = folder_of(&self.package.sources[from].name);
        let mut candidates = Vec::new();
        for root in std::iter::once(folder).chain(self.loader.roots().iter().map(String::as_str)) {
            candidates.extend(normal(root, &tail));
        }
        let mut seen = HashSet::default();
        candidates.retain(|path| seen.insert(path.clone()));
        candidates
    }

    fn by_text(&self, from: FileId, text: &str) -> Result<String, String> {
        if !text.ends_with(".stfl") {
            return Err("a path in quotes names a file that ends in `.stfl`".to_owned());
        }
        normal(folder_of(&self.package.sources[from].name), text)
            .ok_or_else(|| "a path in quotes is relative to the file that it stands in, with `/`".to_owned())
    }

    /// The file of a path, loaded if it was not.
    fn file(&mut self, path: &str, span: Span) -> Option<FileId> {
        if let Some(&file) = self.ids.get(path) {
            return Some(self.again(file, span));
        }
        let bytes = self.loader.load(path)?;
        Some(self.enter_bytes(path.to_owned(), bytes))
    }

    fn enter_bytes(&mut self, name: String, bytes: Vec<u8>) -> FileId {
        let id = FileId(u32::try_from(self.package.units.len()).unwrap_or(u32::MAX));
        let parse = stoffel_syntax::parse_bytes(id, &bytes);
        // The tree's text is the file's, but for bytes that are not UTF-8.
        let text = String::from_utf8(bytes).unwrap_or_else(|_| parse.syntax().text().to_string());
        self.enter(SourceFile { name, text }, parse, false)
    }

    fn library(&mut self, names: &[String], span: Span) -> Target {
        let module = names[1..].join("/");
        let Some(text) = library::text(&module) else {
            let message = format!("the library has no module `{}`; it is empty", names.join("."));
            let mut found = Diagnostic::new(Code::W0202, span, message);
            found.help = library::nearest(&module).map(|near| format!("did you mean `std.{near}`?"));
            self.package.diagnostics.push(found);
            return Target::Empty;
        };
        let name = library::file_name(&module);
        if let Some(&file) = self.ids.get(&name) {
            return Target::File(self.again(file, span));
        }
        let id = FileId(u32::try_from(self.package.units.len()).unwrap_or(u32::MAX));
        let parse = stoffel_syntax::parse_std(id, text);
        Target::File(self.enter(SourceFile { name, text: text.to_owned() }, parse, true))
    }

    /// The file of a path that has been met before: E0209 if its imports are still being loaded.
    fn again(&mut self, file: FileId, span: Span) -> FileId {
        let depth = self.depths[file.0 as usize];
        depth.into_iter().for_each(|depth| self.cycle(depth, file, span));
        file
    }

    /// The files from `first` on the stack to its top import each other.
    fn cycle(&mut self, first: usize, file: FileId, span: Span) {
        let names = self.open[first..].iter().map(|open| &*self.package.sources[open.file].name);
        let cycle: Vec<&str> = names.chain([&*self.package.sources[file].name]).collect();
        let message = match &cycle[..] {
            [one, _] => format!("`{one}` imports itself"),
            _ => format!("these files import each other in a circle: {}", cycle.join(" → ")),
        };
        let help = "move what both need into a module that imports neither";
        self.package.diagnostics.push(Diagnostic::new(Code::E0209, span, message).help(help));
    }
}

/// The imports of a file, in order.
fn imports(file: FileId, tree: &ast::Module) -> Vec<Wanted> {
    let mut wanted = Vec::new();
    for stmt in tree.statements() {
        let (path, span) = match &stmt {
            ast::Stmt::Import(node) => (node.path(), node.span(file)),
            ast::Stmt::FromImport(node) => (node.path(), node.span(file)),
            _ => continue,
        };
        let at = path.as_ref().map_or(span, |path| path.span(file));
        wanted.push(Wanted { path: path.map_or(Path::Broken, |path| path_of(&path)), span: at });
    }
    wanted
}

fn path_of(path: &ast::ModulePath) -> Path {
    if let Some(text) = path.string() {
        return Path::Text(text.value());
    }
    let names: Vec<String> = path.segments().map(|name| name.text().to_owned()).collect();
    if names.is_empty() { Path::Broken } else { Path::Names(names) }
}

fn folder_of(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// `folder/path` without `.` and inner `..`; `None` for an absolute path.
fn normal(folder: &str, path: &str) -> Option<String> {
    if path.starts_with('/') || path.contains('\\') {
        return None;
    }
    let mut parts: Vec<&str> = Vec::new();
    for part in folder.split('/').chain(path.split('/')) {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    (!parts.is_empty()).then(|| parts.join("/"))
}
