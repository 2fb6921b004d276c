//! The bytes of a section in, its part of the program out; every length bounded by the bytes that are left.

use stoffel_value::{BinOp, CmpOp, FixTy, IntTy, ScalarOp, ScalarTy, UnOp};

use super::{DecodeError, Section};
use crate::{
    Debug, Disclosure, DisclosureKind, Field, FuncType, Function, InlineCall, InputRow, Instr, LineSpan, Need, Object,
    ObjectTy, Operands, OutputRow, Program, Receivers, SlotRow, Type,
};

/// Nesting of types that is read; the verifier allows the same.
const TYPE_DEPTH_MAX: usize = 64;

pub(super) fn section(program: &mut Program, section: Section, body: &[u8]) -> Result<(), DecodeError> {
    let mut reader = Reader { body, at: 0, section: section.name() };
    match section {
        Section::Types => program.types = reader.list(1, |r| r.ty(TYPE_DEPTH_MAX))?,
        Section::Objects => program.objects = reader.list(3, Reader::object)?,
        Section::Strings => program.strings = reader.list(1, Reader::text)?,
        Section::Functions => program.functions = reader.list(17, Reader::function)?,
        Section::Interface => {
            program.entry = reader.number()?;
            program.inputs = reader.list(5, Reader::input)?;
            program.outputs = reader.list(2, Reader::output)?;
            program.slots = reader.list(3, Reader::slot)?;
        }
        Section::Disclosures => program.disclosures = reader.list(7, Reader::disclosure)?,
        Section::Needs => program.needs = reader.list(2, Reader::need)?,
        Section::Debug => {
            program.debug = Debug {
                files: reader.list(1, Reader::text)?,
                spans: reader.list(3, Reader::span)?,
                inlined: reader.list(5, Reader::inline_call)?,
                frames: reader.list(2, |r| Ok((r.number()?, r.number()?)))?,
            };
        }
    }
    if reader.at == body.len() { Ok(()) } else { reader.fail("bytes follow the section's content") }
}

struct Reader<'a> {
    body: &'a [u8],
    at: usize,
    section: &'static str,
}

type Read<T> = Result<T, DecodeError>;

impl<'a> Reader<'a> {
    fn fail<T>(&self, what: &'static str) -> Read<T> {
        Err(DecodeError::Malformed { section: self.section, offset: self.at, what })
    }

    fn bytes(&mut self, len: usize) -> Read<&'a [u8]> {
        let Some(bytes) = self.body[self.at..].get(..len) else { return self.fail("the section ends early") };
        self.at += len;
        Ok(bytes)
    }

    fn byte(&mut self) -> Read<u8> {
        Ok(self.bytes(1)?[0])
    }

    fn array<const N: usize>(&mut self) -> Read<[u8; N]> {
        match self.bytes(N)?.first_chunk() {
            Some(bytes) => Ok(*bytes),
            None => self.fail("the section ends early"),
        }
    }

    /// Minimal LEB128 of at most 64 bits.
    fn long(&mut self) -> Read<u64> {
        let mut value = 0u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            let bits = u64::from(byte & 0x7f);
            if bits << shift >> shift != bits || (byte == 0 && shift > 0) {
                break;
            }
            value |= bits << shift;
            if byte < 0x80 {
                return Ok(value);
            }
        }
        self.fail("a number is too large or not in its shortest form")
    }

    fn number<T: TryFrom<u64>>(&mut self) -> Read<T> {
        match T::try_from(self.long()?) {
            Ok(value) => Ok(value),
            Err(_) => self.fail("a number is too large"),
        }
    }

    /// A list whose items take at least `item_min` bytes each.
    fn list<T>(&mut self, item_min: usize, mut one: impl FnMut(&mut Self) -> Read<T>) -> Read<Vec<T>> {
        let len: usize = self.number()?;
        if len > (self.body.len() - self.at) / item_min {
            return self.fail("a list is longer than the section");
        }
        (0..len).map(|_| one(self)).collect()
    }

    fn text(&mut self) -> Read<String> {
        let len = self.number()?;
        match std::str::from_utf8(self.bytes(len)?) {
            Ok(text) => Ok(text.to_owned()),
            Err(_) => self.fail("a text is not UTF-8"),
        }
    }

    fn flag(&mut self) -> Read<bool> {
        match self.byte()? {
            0 => Ok(false),
            1 => Ok(true),
            _ => self.fail("a flag is neither 0 nor 1"),
        }
    }

    fn maybe_text(&mut self) -> Read<Option<String>> {
        if self.flag()? { self.text().map(Some) } else { Ok(None) }
    }

    fn scalar(&mut self) -> Read<ScalarTy> {
        let tag = self.byte()?;
        match tag {
            0 => Ok(ScalarTy::Bool),
            1 => Ok(ScalarTy::Float),
            2..=9 => Ok(ScalarTy::Int(IntTy::ALL[usize::from(tag - 2)])),
            10 => {
                let [k, f] = self.array()?;
                match FixTy::new(k, f) {
                    Some(ty) => Ok(ScalarTy::Fix(ty)),
                    None => self.fail("a fixed format is not possible"),
                }
            }
            _ => self.fail("unknown format"),
        }
    }

    fn ty(&mut self, depth: usize) -> Read<Type> {
        let Some(depth) = depth.checked_sub(1) else { return self.fail("a type is nested too deep") };
        match self.byte()? {
            0 => self.scalar().map(Type::Scalar),
            1 => self.scalar().map(Type::Secret),
            2 => Ok(Type::Str),
            3 => Ok(Type::List(Box::new(self.ty(depth)?))),
            4 => self.list(1, |r| r.ty(depth)).map(Type::Tuple),
            5 => Ok(Type::Optional(Box::new(self.ty(depth)?))),
            6 => self.scalar().map(Type::Ticket),
            11 => Ok(Type::Dict(Box::new(self.ty(depth)?), Box::new(self.ty(depth)?))),
            12 => Ok(Type::Array(Box::new(self.ty(depth)?))),
            7 => {
                let params = self.list(1, |r| r.ty(depth))?;
                let result = self.ty(depth)?;
                Ok(Type::Func(Box::new(FuncType { params, result })))
            }
            8 => Ok(Type::Object(ObjectTy { index: self.number()?, secret: self.flag()? })),
            15 => Ok(Type::Share),
            16 => Ok(Type::Text),
            17 => Ok(Type::Closure),
            _ => self.fail("unknown type"),
        }
    }

    fn object(&mut self) -> Read<Object> {
        let name = self.text()?;
        let base = if self.flag()? { Some(self.number()?) } else { None };
        let fields = self.list(2, |r| Ok(Field { name: r.text()?, ty: r.number()? }))?;
        Ok(Object { name, base, fields })
    }

    fn scalars(&mut self) -> Read<Vec<ScalarTy>> {
        self.list(1, Self::scalar)
    }

    fn counts(&mut self) -> Read<[u16; 3]> {
        Ok([self.number()?, self.number()?, self.number()?])
    }

    fn function(&mut self) -> Read<Function> {
        Ok(Function {
            name: self.text()?,
            words: self.scalars()?,
            refs: self.list(1, Self::number)?,
            secrets: self.scalars()?,
            params: self.counts()?,
            results: self.counts()?,
            result_words: self.scalars()?,
            result_refs: self.list(1, Self::number)?,
            result_secrets: self.scalars()?,
            words_pool: self.list(8, |r| r.array().map(u64::from_le_bytes))?,
            operands: self.list(6, Self::operands)?,
            code: self.list(Instr::SIZE, Self::instr)?,
        })
    }

    fn instr(&mut self) -> Read<Instr> {
        let bytes = self.array()?;
        match Instr::decode(bytes) {
            Some(instr) => Ok(instr),
            None => self.fail("unknown instruction before this byte"),
        }
    }

    fn operands(&mut self) -> Read<Operands> {
        let mut registers = || self.list(1, Self::number);
        Ok(Operands {
            words: registers()?,
            refs: registers()?,
            secrets: registers()?,
            to_words: registers()?,
            to_refs: registers()?,
            to_secrets: registers()?,
        })
    }

    fn input(&mut self) -> Read<InputRow> {
        Ok(InputRow {
            name: self.text()?,
            ty: self.number()?,
            role: self.maybe_text()?,
            each: self.flag()?,
            default: self.maybe_text()?,
        })
    }

    fn output(&mut self) -> Read<OutputRow> {
        Ok(OutputRow { ty: self.number()?, to: self.receivers()? })
    }

    fn slot(&mut self) -> Read<SlotRow> {
        Ok(SlotRow { slot: self.place()?, index: self.place()?, ty: self.scalar()? })
    }

    fn place(&mut self) -> Read<Option<u32>> {
        match self.long()?.checked_sub(1).map(u32::try_from) {
            None => Ok(None),
            Some(Ok(place)) => Ok(Some(place)),
            Some(Err(_)) => self.fail("a slot or position is too large"),
        }
    }

    fn receivers(&mut self) -> Read<Receivers> {
        match self.byte()? {
            0 => Ok(Receivers::Everyone),
            1 => Ok(Receivers::Nobody),
            2 => self.text().map(Receivers::Role),
            3 => self.text().map(Receivers::EachOf),
            4 => self.number().map(Receivers::Slot),
            5 => Ok(Receivers::AnySlot),
            6 => self.text().map(Receivers::Key),
            7 => Ok(Receivers::AnyKey),
            _ => self.fail("unknown receivers"),
        }
    }

    fn disclosure(&mut self) -> Read<Disclosure> {
        Ok(Disclosure {
            kind: self.coded(DisclosureKind::from_code, "unknown kind of disclosure")?,
            file: self.text()?,
            line: self.number()?,
            column: self.number()?,
            function: self.text()?,
            ty: self.number()?,
            to: self.receivers()?,
        })
    }

    fn coded<T>(&mut self, from_code: impl Fn(u8) -> Option<T>, what: &'static str) -> Read<T> {
        match from_code(self.byte()?) {
            Some(value) => Ok(value),
            None => self.fail(what),
        }
    }

    fn need(&mut self) -> Read<Need> {
        let op = self.op()?;
        match self.byte()? {
            bits @ 0..8 => Ok(Need { op, public: [0, 1, 2].map(|operand| bits >> operand & 1 == 1) }),
            _ => self.fail("unknown operands"),
        }
    }

    fn op(&mut self) -> Read<ScalarOp> {
        const UNKNOWN: &str = "unknown operation";
        match self.byte()? {
            0 => Ok(ScalarOp::Binary(self.coded(BinOp::from_code, UNKNOWN)?, self.scalar()?)),
            1 => Ok(ScalarOp::Compare(self.coded(CmpOp::from_code, UNKNOWN)?, self.scalar()?, self.scalar()?)),
            2 => Ok(ScalarOp::Unary(self.coded(UnOp::from_code, UNKNOWN)?, self.scalar()?)),
            3 => self.scalar().map(ScalarOp::Select),
            4 => Ok(ScalarOp::Convert(self.scalar()?, self.scalar()?)),
            5 => self.scalar().map(ScalarOp::Sum),
            6 => self.scalar().map(ScalarOp::Dot),
            7 => Ok(ScalarOp::Any),
            8 => Ok(ScalarOp::All),
            9 => self.scalar().map(ScalarOp::OneHot),
            10 => self.scalar().map(ScalarOp::Pick),
            _ => self.fail(UNKNOWN),
        }
    }

    fn inline_call(&mut self) -> Read<InlineCall> {
        Ok(InlineCall { function: self.text()?, span: self.span()?, outer: self.number()? })
    }

    fn span(&mut self) -> Read<LineSpan> {
        Ok(LineSpan { file: self.number()?, line: self.number()?, column: self.number()? })
    }
}
