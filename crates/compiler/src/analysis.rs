//! Syntax tree in, typed program and diagnostics out (LANGUAGE §3–§10).
//!
//! The tree is lowered to plain data once; functions are then checked per instance, each body in passes until the
//! types of its un-annotated variables stand. A program comes out only if nothing is an error.
//! Not here: machine code (`mir`), what the text looks like (`stoffel_syntax`).

mod assemble;
mod assertion;
mod assign;
mod body;
mod call;
mod compare;
mod consts;
mod convert;
mod expr;
mod flow;
mod generic;
mod infer;
mod instance;
mod interface;
mod literal;
mod lower;
mod operator;
mod prelude;
mod recursion;
mod scope;
mod secrecy;
mod stmt;
mod suggest;
mod tree;
mod ty;
mod types;

use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use stoffel_syntax::{Code, Diagnostic, FileId, LineIndex, Severity, Span};

use crate::hir::{self, Ty};
use crate::{Options, Sources};
use consts::State;
use instance::{Entry, Key, Unit};
use scope::{Decl, Names};
use tree::Module;

/// Analyses the program of `sources`, its first file. Cost: linear in the text for what is called a bounded number of
/// times with different types.
///
/// The program is `None` if there is any error. Diagnostics, the parser's included, are in source order.
pub fn analyze(sources: &Sources, options: &Options) -> (Option<hir::Program>, Vec<Diagnostic>) {
    let file = FileId(0);
    let Some(source) = sources.files.first() else { return (None, Vec::new()) };
    let parse = stoffel_syntax::parse(file, &source.text);
    let (module, mut diagnostics) = lower::lower(file, &parse.tree());
    diagnostics.extend(parse.diagnostics.iter().cloned());
    let mut cx = Cx::new(&module, LineIndex::new(&source.text), diagnostics);
    let entry = cx.entry(options);
    let program = cx.run(entry);
    let mut diagnostics = cx.finish();
    diagnostics.sort_by_key(|found| (found.span, found.code));
    let failed = diagnostics.iter().any(|found| found.code.severity() == Severity::Error);
    (program.filter(|_| !failed), diagnostics)
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
    module: &'a Module,
    lines: LineIndex,
    names: Names,
    consts: Vec<State<hir::Expr>>,
    aliases: Vec<State<Ty>>,
    instances: Vec<Entry>,
    index: HashMap<Key, u32>,
    n_instances: Vec<usize>,
    /// Functions that lead back to themselves and have no result type.
    recursive: Vec<bool>,
    /// Where the parser found errors.
    syntax_errors: Vec<Span>,
    diagnostics: Vec<Diagnostic>,
}

impl<'a> Cx<'a> {
    fn new(module: &'a Module, lines: LineIndex, mut diagnostics: Vec<Diagnostic>) -> Self {
        let syntax_errors = diagnostics
            .iter()
            .filter(|found| found.code.severity() == Severity::Error)
            .map(|found| found.span)
            .collect();
        let names = Names::collect(module, &mut diagnostics);
        let recursive = recursion::without_result(module);
        let mut cx = Self {
            module,
            lines,
            names,
            consts: module.consts.iter().map(|_| State::New).collect(),
            aliases: module.aliases.iter().map(|_| State::New).collect(),
            instances: Vec::new(),
            index: HashMap::new(),
            n_instances: vec![0; module.funcs.len()],
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
        if let Some(name) = &options.entry {
            let found = self.module.funcs.iter().position(|func| &*func.name.text == name.as_str());
            return found.map_or_else(
                || {
                    let known = self.module.funcs.iter().map(|func| &*func.name.text);
                    let near = suggest::nearest(name, known).map(|near| format!("did you mean `{near}`?"));
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
        for (at, func) in self.module.funcs.iter().enumerate() {
            if !(func.entry || &*func.name.text == "main") {
                continue;
            }
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
        let mut reached = HashSet::new();
        let mut order = Vec::new();
        if let Some(entry) = entry {
            self.reach(entry, &mut reached, &mut order);
        }
        let program_size = order.len();
        if start != Start::Script && !self.module.code.is_empty() {
            let script = self.root(Unit::Script);
            script.into_iter().for_each(|script| self.reach(script, &mut reached, &mut order));
        }
        for func in 0..self.module.funcs.len() {
            if let Some(root) = self.root(Unit::Func(func)) {
                self.reach(root, &mut reached, &mut order);
            }
        }
        let called: HashSet<Unit> = order.iter().map(|&id| self.instances[id as usize].key.unit).collect();
        for func in 0..self.module.funcs.len() {
            if !called.contains(&Unit::Func(func)) {
                let root = self.names_only(func);
                order.push(root);
            }
        }
        self.collect(&order);
        self.unknown_types(&order[..program_size]);
        let entry = entry?;
        let interface = self.interface(start, entry);
        Some(self.assemble(&order[..program_size], interface))
    }

    /// The instance of a unit whose types are all written.
    fn root(&mut self, unit: Unit) -> Option<u32> {
        let bound = types::Bound::from([]);
        let params = match unit {
            Unit::Script => Vec::new(),
            Unit::Func(func) => {
                let func = &self.module.funcs[func];
                if !func.generics.is_empty() || func.params.iter().any(|param| param.ty.is_none()) {
                    return None;
                }
                self.param_types(func, &bound)
            }
        };
        let key = Key { unit, params, generics: Vec::new(), names_only: false };
        self.request(key, &bound, None).ok()
    }

    fn param_types(&mut self, func: &tree::Func, bound: &types::Bound) -> Vec<Ty> {
        func.params
            .iter()
            .map(|param| {
                let ty = match &param.ty {
                    Some(written) => types::resolve(self, written, bound, &mut Vec::new()),
                    None => Ty::Error,
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
        let key = Key { unit: Unit::Func(func), params, generics, names_only: true };
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
                let mut found = found.clone();
                for (span, text) in &chain {
                    found = found.label(*span, text.clone());
                }
                self.diagnostics.push(found);
            }
        }
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
            let Some(caller) = self.instances[at as usize].caller.as_ref().filter(|_| self.is_open(func)) else {
                break;
            };
            let name = &self.module.funcs[func].name.text;
            chain.push((caller.span, format!("'{name}' is called with these types here")));
            at = caller.instance;
            if chain.len() >= 16 {
                break;
            }
        }
        chain
    }

    /// Whether calls decide types of a function.
    fn is_open(&self, func: usize) -> bool {
        let func = &self.module.funcs[func];
        !func.generics.is_empty() || func.params.iter().any(|param| param.ty.is_none())
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
        let mut seen = HashSet::new();
        self.diagnostics.into_iter().filter(|found| seen.insert((found.code, found.span))).collect()
    }

    /// The declaration of a name, for headers.
    fn decl(&self, name: &Rc<str>) -> Option<Decl> {
        self.names.decls.get(name).copied()
    }
}

/// The name of a type, as `type_name` and messages write it.
pub(crate) fn type_name(ty: &Ty) -> String {
    ty::name(ty)
}
