//! A listing in, a program out.

mod line;

use stoffel_value::ScalarOp;

use crate::container::VERSION;
use crate::{
    Disclosure, DisclosureKind, Field, Function, InlineCall, InputRow, LineSpan, Need, Object, OutputRow, Program,
    Receivers, SlotRow,
};
use line::Line;

/// A line of a listing that is not in its form.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("line {line}: {what}")]
pub struct TextError {
    /// 1-based line.
    pub line: usize,
    /// What is wrong.
    pub what: String,
}

type Parsed<T> = Result<T, String>;

pub(super) fn program(text: &str) -> Result<Program, TextError> {
    let mut parser = Parser::default();
    for (index, line) in text.lines().enumerate() {
        let parsed = Line::new(line).and_then(|mut line| {
            if line.is_empty() {
                return Ok(());
            }
            parser.line(&mut line)?;
            line.end()
        });
        parsed.map_err(|what| TextError { line: index + 1, what })?;
    }
    let sites: usize = parser.program.functions.iter().map(|function| function.code.len()).sum();
    let spans = parser.program.debug.spans.len();
    if spans == 0 || spans == sites {
        Ok(parser.program)
    } else {
        Err(TextError {
            line: text.lines().count(),
            what: "some instructions have a position and some have none".into(),
        })
    }
}

#[derive(Default)]
struct Parser {
    program: Program,
    versioned: bool,
}

impl Parser {
    fn line(&mut self, line: &mut Line) -> Parsed<()> {
        let word = line.word()?;
        if !self.versioned {
            let version: u16 = line.number()?;
            self.versioned = word == "stflb" && version == VERSION;
            return if self.versioned { Ok(()) } else { Err(format!("a listing begins with 'stflb {VERSION}'")) };
        }
        match word.as_str() {
            "type" => {
                line.index(self.program.types.len())?;
                self.program.types.push(line.ty()?);
            }
            "object" => {
                line.index(self.program.objects.len())?;
                self.program.objects.push(object(line)?);
            }
            "string" => {
                line.index(self.program.strings.len())?;
                self.program.strings.push(line.text()?);
            }
            "file" => {
                line.index(self.program.debug.files.len())?;
                self.program.debug.files.push(line.text()?);
            }
            "inline" => {
                line.index(self.program.debug.inlined.len())?;
                let function = line.text()?;
                let span = LineSpan { file: line.number()?, line: line.number()?, column: line.number()? };
                self.program.debug.inlined.push(InlineCall { function, span, outer: line.number()? });
            }
            "function" => {
                line.index(self.program.functions.len())?;
                self.program.functions.push(Function { name: line.text()?, ..Function::default() });
            }
            "entry" => self.program.entry = line.number()?,
            "input" => {
                line.index(self.program.inputs.len())?;
                self.program.inputs.push(input(line)?);
            }
            "output" => {
                line.index(self.program.outputs.len())?;
                self.program.outputs.push(OutputRow { ty: line.number()?, to: receivers(line)? });
            }
            "slot" => {
                line.index(self.program.slots.len())?;
                let (slot, index) = (line.maybe_number()?, line.maybe_number()?);
                self.program.slots.push(SlotRow { slot, index, ty: line.scalar()? });
            }
            "disclosure" => {
                line.index(self.program.disclosures.len())?;
                self.program.disclosures.push(disclosure(line)?);
            }
            "need" => self.program.needs.push(need(line)?),
            word => self.function_line(word, line)?,
        }
        Ok(())
    }

    fn function_line(&mut self, word: &str, line: &mut Line) -> Parsed<()> {
        let Some(function) = self.program.functions.last_mut() else {
            return Err(format!("'{word}' stands outside a function"));
        };
        match word {
            "words" => function.words = line.all(Line::scalar)?,
            "refs" => function.refs = line.all(Line::number)?,
            "secrets" => function.secrets = line.all(Line::scalar)?,
            "params" => function.params = [line.number()?, line.number()?, line.number()?],
            "results" => function.results = [line.number()?, line.number()?, line.number()?],
            "result.words" => function.result_words = line.all(Line::scalar)?,
            "result.refs" => function.result_refs = line.all(Line::number)?,
            "result.secrets" => function.result_secrets = line.all(Line::scalar)?,
            "const" => {
                line.index(function.words_pool.len())?;
                function.words_pool.push(line.number()?);
            }
            "ops" => {
                line.index(function.operands.len())?;
                function.operands.push(line.operands()?);
            }
            pc => {
                if pc.parse() != Ok(function.code.len()) {
                    return Err(format!("'{pc}' is no line of a listing; instruction {} is next", function.code.len()));
                }
                function.code.push(line.instr()?);
                if line.eat(";") {
                    let span = LineSpan { file: line.number()?, line: line.number()?, column: line.number()? };
                    self.program.debug.spans.push(span);
                    if line.eat("inlined") {
                        let site = self.program.debug.spans.len() as u32 - 1;
                        self.program.debug.frames.push((site, line.number()?));
                    }
                }
            }
        }
        Ok(())
    }
}

fn object(line: &mut Line) -> Parsed<Object> {
    let mut object = Object { name: line.text()?, ..Object::default() };
    if line.eat("base") {
        object.base = Some(line.number()?);
    }
    while line.eat("field") {
        object.fields.push(Field { name: line.text()?, ty: line.number()? });
    }
    Ok(object)
}

fn input(line: &mut Line) -> Parsed<InputRow> {
    let mut row = InputRow { name: line.text()?, ty: line.number()?, role: None, each: false, default: None };
    if line.eat("from") {
        row.role = Some(line.text()?);
    }
    row.each = line.eat("each");
    if line.eat("default") {
        row.default = Some(line.text()?);
    }
    Ok(row)
}

fn receivers(line: &mut Line) -> Parsed<Receivers> {
    line.expect("to")?;
    match line.word()?.as_str() {
        "everyone" => Ok(Receivers::Everyone),
        "nobody" => Ok(Receivers::Nobody),
        "role" => line.text().map(Receivers::Role),
        "each" => line.text().map(Receivers::EachOf),
        "slot" => line.maybe_number().map(|slot| slot.map_or(Receivers::AnySlot, Receivers::Slot)),
        "key" if line.eat("?") => Ok(Receivers::AnyKey),
        "key" => line.text().map(Receivers::Key),
        other => Err(format!("'{other}' names no receivers")),
    }
}

fn disclosure(line: &mut Line) -> Parsed<Disclosure> {
    let kind = line.word()?;
    let kind = DisclosureKind::ALL.iter().find(|known| known.name() == kind).copied();
    Ok(Disclosure {
        kind: kind.ok_or("unknown kind of disclosure")?,
        file: line.text()?,
        line: line.number()?,
        column: line.number()?,
        function: line.text()?,
        ty: line.number()?,
        to: receivers(line)?,
    })
}

fn need(line: &mut Line) -> Parsed<Need> {
    let mut need = Need { op: secret_op(line)?, public: [false; 3] };
    while line.eat("public") {
        *need.public.get_mut(line.number::<usize>()?).ok_or("no operation has so many operands")? = true;
    }
    Ok(need)
}

fn secret_op(line: &mut Line) -> Parsed<ScalarOp> {
    match line.word()?.as_str() {
        "binary" => Ok(ScalarOp::Binary(line.bin_op()?, line.scalar()?)),
        "compare" => Ok(ScalarOp::Compare(line.cmp_op()?, line.scalar()?, line.scalar()?)),
        "unary" => Ok(ScalarOp::Unary(line.un_op()?, line.scalar()?)),
        "select" => line.scalar().map(ScalarOp::Select),
        "convert" => Ok(ScalarOp::Convert(line.scalar()?, line.scalar()?)),
        "sum" => line.scalar().map(ScalarOp::Sum),
        "dot" => line.scalar().map(ScalarOp::Dot),
        "onehot" => line.scalar().map(ScalarOp::OneHot),
        "pick" => line.scalar().map(ScalarOp::Pick),
        "any" => Ok(ScalarOp::Any),
        "all" => Ok(ScalarOp::All),
        other => Err(format!("'{other}' is no secret operation")),
    }
}
