//! Syntax tree in, typed program and diagnostics out (LANGUAGE §3–§10).
//!
//! The tree is lowered to plain data once; functions are then checked per instance, each body in passes until the
//! types of its un-annotated variables stand. A program comes out only if nothing is an error.
//! Not here: machine code (`mir`), what the text looks like (`stoffel_syntax`).

mod array;
mod assemble;
mod assertion;
mod assign;
mod body;
mod branch;
mod call;
mod cases;
mod compare;
mod construct;
mod consts;
mod convert;
mod dict;
mod effects;
mod eta;
mod expr;
mod flow;
mod fresh;
mod function;
mod generic;
mod infer;
mod inner;
mod instance;
mod interface;
mod library;
mod literal;
mod local;
mod lower;
mod object;
mod operator;
mod optional;
mod prelude;
mod protocol;
mod qualified;
mod recursion;
pub(crate) mod rule;
mod scan;
mod scope;
mod secrecy;
mod stmt;
mod suggest;
mod tree;
mod ty;
mod types;

use crate::hash::{HashMap, HashSet};
use std::rc::Rc;

use stoffel_syntax::{Code, Diagnostic, FileId, Severity, Span};

use crate::hir::{self, Ty};
use crate::lines::Lines;
use crate::package::Package;
use crate::{Options, Sources};
pub(crate) use cases::tests;
use consts::State;
use instance::{Entry, Key, Unit};
pub(crate) use suggest::nearest;

use cases::call_case;
use scope::Names;
use tree::{Func, Module};

/// Analyses the program that is the first of some files ([`Package::of`]).
pub fn analyze(sources: &Sources, options: &Options) -> (Option<hir::Program>, Vec<Diagnostic>) {
    analyze_package(&Package::of(sources), options)
}

/// Analyses a package. Cost: linear in the text for what is called a bounded number of times with different types.
///
/// The program is `None` if there is any error. Diagnostics, the parser's included, are in the order of files and texts.
pub(crate) fn analyze_package(package: &Package, options: &Options) -> (Option<hir::Program>, Vec<Diagnostic>) {
    let (mut modules, mut diagnostics) = modules(package);
    let Some(main) = modules.first_mut() else { return (None, diagnostics) };
    let is_case = options.entry.as_ref().is_some_and(|entry| call_case(main, entry));
    let (items, names) = package_items(modules, package, &mut diagnostics);
    let mut cx = Cx::new(&items, package, names, diagnostics);
    let entry = if is_case { Start::Script } else { cx.entry(options) };
    let program = cx.run(entry);
    let mut diagnostics = cx.finish();
    diagnostics.sort_by_key(|found| (found.span, found.code));
    diagnostics.iter_mut().for_each(named_as_written);
    let failed = diagnostics.iter().any(|found| found.code.severity() == Severity::Error);
    (program.filter(|_| !failed), diagnostics)
}

/// The files as plain data, with the findings so far.
fn modules(package: &Package) -> (Vec<Module>, Vec<Diagnostic>) {
    let mut diagnostics = package.diagnostics.clone();
    let mut modules = Vec::new();
    let mut funcs = 0;
    for (id, unit) in (0u32..).zip(&package.units) {
        let (module, found) = lower::lower(FileId(id), &unit.parse.tree(), unit.is_std, funcs);
        funcs += module.funcs.len();
        diagnostics.extend(found);
        diagnostics.extend(unit.parse.diagnostics.iter().cloned());
        if let (1.., Some(stmt)) = (id, module.code.first()) {
            diagnostics.push(
                Diagnostic::new(Code::E0211, stmt.span, "a file that is imported holds no code")
                    .help("move it into a function, or into the program"),
            );
        }
        modules.push(module);
    }
    (modules, diagnostics)
}

/// Items inside functions go by the names that they have in the source.
fn named_as_written(found: &mut Diagnostic) {
    let texts = found.labels.iter_mut().map(|label| &mut label.text).chain(found.help.as_mut());
    for text in texts.chain([&mut found.message]).filter(|text| inner::is_inner(text)) {
        *text = inner::shown(text);
    }
}

/// The items of all files in one list of each kind, and their names.
fn package_items(modules: Vec<Module>, package: &Package, diagnostics: &mut Vec<Diagnostic>) -> (Module, Names) {
    let mut first = scope::First::default();
    let mut files = Vec::new();
    for module in &modules {
        files.push(scope::Source { module, first });
        first = first.after(module);
    }
    let names = Names::collect(&files, package, diagnostics);
    let mut all = modules.into_iter();
    let mut items = all.next().unwrap_or_default();
    all.for_each(|module| items.join(module));
    (items, names)
}

/// What is run: the function's index, or the script.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Start {
    Func(usize),
    Script,
    Library,
}

/// The state of an analysis.
struct Cx<'a> {
    /// The items of all files; code and imports are those of the program's own.
    module: &'a Module,
    package: &'a Package,
    lines: Lines<'a>,
    names: Names,
    consts: Vec<State<hir::Expr>>,
    aliases: Vec<State<Ty>>,
    objects: Vec<object::Definition>,
    enums: Vec<Rc<hir::EnumInfo>>,
    instances: Vec<Entry>,
    index: HashMap<Key, u32>,
    n_instances: Vec<usize>,
    /// The last value made of each nested function.
    nested: HashMap<usize, Rc<hir::Def>>,
    /// Functions that lead back to themselves and have no result type.
    recursive: Vec<bool>,
    /// Where the parser found errors.
    syntax_errors: Vec<Span>,
    diagnostics: Vec<Diagnostic>,
}

impl<'a> Cx<'a> {
    fn new(module: &'a Module, package: &'a Package, names: Names, mut diagnostics: Vec<Diagnostic>) -> Self {
        let syntax_errors = diagnostics
            .iter()
            .filter(|found| found.code.severity() == Severity::Error)
            .map(|found| found.span)
            .collect();
        let enums = object::enums(&module.enums, &mut diagnostics);
        let recursive = recursion::without_result(module);
        let mut cx = Self {
            module,
            package,
            lines: Lines::new(package.sources()),
            names,
            consts: module.consts.iter().map(|_| State::New).collect(),
            aliases: module.aliases.iter().map(|_| State::New).collect(),
            objects: object::declare(&module.objects),
            enums,
            instances: Vec::new(),
            index: HashMap::default(),
            n_instances: vec![0; module.funcs.len()],
            nested: HashMap::default(),
            recursive: vec![false; module.funcs.len()],
            syntax_errors,
            diagnostics,
        };
        for (func, recursive) in recursive.into_iter().enumerate() {
            if recursive {
                cx.recursive[func] = true;
                cx.report_recursive(func);
            }
        }
        cx
    }

    /// What is run (LANGUAGE §4.1): E0211, E0212.
    fn entry(&mut self, options: &Options) -> Start {
        let module = self.module;
        let main = || module.funcs.iter().take_while(|func| func.file() == FileId(0));
        if let Some(name) = &options.entry {
            let found =
                main().position(|func| !func.nested && func.owner.is_none() && &*func.name.text == name.as_str());
            return found.map_or_else(
                || {
                    let known = main().map(|func| &*func.name.text);
                    let near = nearest(name, known).map(|near| format!("did you mean `{near}`?"));
                    let mut missing =
                        Diagnostic::new(Code::E0201, Span::default(), format!("there is no function `{name}` to run"));
                    missing.help = near;
                    self.diagnostics.push(missing);
                    Start::Library
                },
                Start::Func,
            );
        }
        let mut found: Option<usize> = None;
        let entries = |(_, func): &(usize, &Func)| !func.nested && func.owner.is_none() && func.is_entry();
        for (at, func) in main().enumerate().filter(entries) {
            match found {
                None => found = Some(at),
                // Two functions named `main` are a duplicate declaration.
                Some(first) if self.module.funcs[first].name.text == func.name.text => {}
                Some(first) => self.diagnostics.push(
                    Diagnostic::new(Code::E0212, func.name.span, "this is a second entry")
                        .label(self.module.funcs[first].name.span, "the first entry"),
                ),
            }
        }
        if let (Some(_), Some(stmt)) = (found, self.module.code.first()) {
            self.diagnostics.push(
                Diagnostic::new(Code::E0211, stmt.span, "code stands at top level beside an entry function")
                    .help("move it into the entry"),
            );
        }
        match found {
            Some(func) => Start::Func(func),
            None if self.module.code.is_empty() => Start::Library,
            None => Start::Script,
        }
    }

    /// Checks everything; the program as far as it came.
    fn run(&mut self, start: Start) -> Option<hir::Program> {
        self.resolve_objects();
        for at in 0..self.module.consts.len() {
            self.const_value(at);
        }
        for at in 0..self.module.aliases.len() {
            self.alias(at);
        }
        self.check_headers(start);
        let entry = match start {
            Start::Func(func) => self.root(Unit::Func(func)),
            Start::Script => self.root(Unit::Script),
            Start::Library => None,
        };
        let mut reached = HashSet::default();
        let mut order = Vec::new();
        if let Some(entry) = entry {
            self.reach(entry, &mut reached, &mut order);
        }
        let program_size = order.len();
        if start != Start::Script && !self.module.code.is_empty() {
            let script = self.root(Unit::Script);
            script.into_iter().for_each(|script| self.reach(script, &mut reached, &mut order));
        }
        let funcs: Vec<usize> = (0..self.module.funcs.len())
            .filter(|&func| !self.module.funcs[func].nested && self.is_checked(func))
            .collect();
        // Methods stand behind what calls them: how `self` is seen decides what is right.
        for &func in funcs.iter().filter(|&&func| self.module.funcs[func].owner.is_none()) {
            if let Some(root) = self.root(Unit::Func(func)) {
                self.reach(root, &mut reached, &mut order);
            }
        }
        let mut called: HashSet<Unit> = order.iter().map(|&id| self.instances[id as usize].key.unit).collect();
        for &func in &funcs {
            if self.module.funcs[func].owner.is_some()
                && !called.contains(&Unit::Func(func))
                && let Some(root) = self.root(Unit::Func(func))
            {
                let first = order.len();
                self.reach(root, &mut reached, &mut order);
                called.extend(order[first..].iter().map(|&id| self.instances[id as usize].key.unit));
            }
        }
        for &func in &funcs {
            if !called.contains(&Unit::Func(func)) {
                let root = self.names_only(func);
                order.push(root);
            }
        }
        // Functions come after those inside them.
        for func in (0..self.module.funcs.len()).rev() {
            if !called.contains(&Unit::Func(func))
                && let Some(def) = self.nested.get(&func).cloned()
            {
                let root = self.nested_names_only(&def);
                order.push(root);
            }
        }
        self.collect(&order);
        self.secret_effects(&order);
        let local_stores = self.check_local(entry.filter(|_| matches!(start, Start::Func(_))), &order);
        self.unknown_types(&order[..program_size]);
        let entry = entry?;
        let interface = self.interface(start, entry);
        Some(self.assemble(&order[..program_size], interface, &local_stores))
    }

    /// The instance of a unit whose types are all written.
    fn root(&mut self, unit: Unit) -> Option<u32> {
        let bound = types::Bound::from([]);
        let params = match unit {
            Unit::Script => Vec::new(),
            Unit::Func(func) => {
                let func = &self.module.funcs[func];
                let known =
                    |(at, param): (usize, &tree::Param)| param.ty.is_some() || (at == 0 && func.owner.is_some());
                let open = !func.generics.is_empty() || !func.params.iter().enumerate().all(known);
                if open || prelude::needs_upvalue(func) {
                    return None;
                }
                self.param_types(func, &bound)
            }
        };
        let key = Key {
            unit,
            params,
            generics: Vec::new(),
            names_only: false,
            captures: Rc::from([]),
            expects: None,
            chosen: false,
            fresh: Vec::new(),
        };
        self.request(key, &bound, None).ok()
    }

    fn param_types(&mut self, func: &Func, bound: &types::Bound) -> Vec<Ty> {
        func.params
            .iter()
            .enumerate()
            .map(|(at, param)| {
                let ty = match (&param.ty, func.owner) {
                    (Some(written), _) => types::resolve(self, written, bound, &mut Vec::new()),
                    (None, Some(owner)) if at == 0 => {
                        Ty::Object(hir::ObjectTy { of: self.objects[owner].info.clone(), view: false })
                    }
                    (None, _) => Ty::Error,
                };
                if param.star { ty::list(ty) } else { ty }
            })
            .collect()
    }

    /// Checks an uncalled function with unknown types: for names only.
    fn names_only(&mut self, func: usize) -> u32 {
        let declared = &self.module.funcs[func];
        let bound: types::Bound = declared.generics.iter().map(|name| (name.text.clone(), Ty::Error)).collect();
        let params = self.param_types(declared, &bound);
        let generics = vec![Ty::Error; declared.generics.len()];
        let key = Key {
            unit: Unit::Func(func),
            params,
            generics,
            names_only: true,
            captures: Rc::from([]),
            expects: None,
            chosen: false,
            fresh: Vec::new(),
        };
        // Not nested in anything, so the limits do not apply.
        let id = self.request(key, &bound, None).unwrap_or_default();
        self.analyse(id);
        id
    }

    /// Analyses an instance and all that its body calls, in order of first call.
    fn reach(&mut self, root: u32, reached: &mut HashSet<u32>, order: &mut Vec<u32>) {
        let mut open = vec![root];
        while let Some(id) = open.pop() {
            if !reached.insert(id) {
                continue;
            }
            order.push(id);
            self.analyse(id);
            if let Some(checked) = &self.instances[id as usize].checked {
                open.extend(checked.calls.iter().rev().map(|(callee, _)| *callee));
            }
        }
    }

    /// Takes over the findings of the instances, with the calls that led to them (LANGUAGE §9.5).
    fn collect(&mut self, order: &[u32]) {
        for &id in order {
            let chain = self.chain(id);
            let Some(checked) = &self.instances[id as usize].checked else { continue };
            for found in &checked.diagnostics {
                let mut found = self.outside_std(id, found.clone());
                for (span, text) in &chain {
                    found = found.label(*span, text.clone());
                }
                self.diagnostics.push(found);
            }
        }
    }

    /// A finding in the library, placed at the call of it (LANGUAGE §18.2).
    fn outside_std(&self, id: u32, mut found: Diagnostic) -> Diagnostic {
        if !self.is_std(found.span.file) {
            return found;
        }
        let mut at = id;
        while let Some(caller) = &self.instances[at as usize].caller {
            if !self.is_std(caller.span.file) {
                let inner = std::mem::replace(&mut found.span, caller.span);
                return found.label(inner, "in the library here");
            }
            at = caller.instance;
        }
        found
    }

    /// A variable without type and without a finding that explains it is a finding itself: nothing unknown is lowered.
    fn unknown_types(&mut self, order: &[u32]) {
        if self.diagnostics.iter().any(|found| found.code.severity() == Severity::Error) {
            return;
        }
        let mut unknown = Vec::new();
        for checked in order.iter().filter_map(|&id| self.instances[id as usize].checked.as_ref()) {
            unknown.extend(checked.instance.locals.iter().filter(|local| ty::has_error(&local.ty)).map(|local| {
                Diagnostic::new(Code::E0306, local.span, format!("nothing tells the type of `{}`", local.name))
            }));
        }
        self.diagnostics.append(&mut unknown);
    }

    /// The calls that led to an instance whose types they decided, innermost first.
    fn chain(&self, id: u32) -> Vec<(Span, String)> {
        let mut chain = Vec::new();
        let mut at = id;
        while let Unit::Func(func) = self.instances[at as usize].key.unit {
            let Func { name, nested, .. } = &self.module.funcs[func];
            let follow = *nested || self.is_open(func);
            let Some(caller) = self.instances[at as usize].caller.as_ref().filter(|_| follow) else { break };
            if self.is_open(func) {
                chain.push((caller.span, format!("'{}' is called with these types here", name.text)));
            }
            at = caller.instance;
            if chain.len() >= 16 {
                break;
            }
        }
        chain
    }

    /// Whether a function is checked though nothing calls it: all are but the entries of imported files, and what the library
    /// declares without a body.
    fn is_checked(&self, func: usize) -> bool {
        let func = &self.module.funcs[func];
        func.builtin.is_none() && (func.file() == FileId(0) || !func.is_entry())
    }

    /// Whether a file is one of the library.
    pub(crate) fn is_std(&self, file: FileId) -> bool {
        self.package.units.get(file.0 as usize).is_some_and(|unit| unit.is_std)
    }

    /// Whether calls decide types of a function.
    fn is_open(&self, func: usize) -> bool {
        let func = &self.module.funcs[func];
        function::is_open(func)
    }

    /// The source name of an instance.
    fn unit_name(&self, id: u32) -> String {
        match self.instances[id as usize].key.unit {
            Unit::Script => "main".to_owned(),
            Unit::Func(func) => self.module.funcs[func].name.text.to_string(),
        }
    }

    /// All findings, each once.
    fn finish(self) -> Vec<Diagnostic> {
        let mut seen = HashSet::default();
        let of_program = |found: &Diagnostic| found.code.severity() == Severity::Error || !self.is_std(found.span.file);
        let findings = self.diagnostics.iter().filter(|found| of_program(found));
        findings.filter(|found| seen.insert((found.code, found.span))).cloned().collect()
    }
}

/// The name of a type, as `type_name` and messages write it.
pub(crate) fn type_name(ty: &Ty) -> String {
    ty::name(ty)
}
