//! A [`Program`] in, the bytes of a `.stflb` file out; bytes in, the same program or a clear refusal out.
//!
//! Layout: magic, version (u16), content hash, debug hash (32 bytes each), then the sections of [`Section`] in order, each
//! with its tag (u8) and length (u64); numbers little-endian. Within a section numbers are minimal LEB128, so that one
//! program has one encoding. The content hash is BLAKE3 over version and every section but debug, which has its own: a
//! program's identity does not depend on where its lines stand. Lengths are bounded by the bytes that are left before
//! anything is allocated. Decoding proves form only: [`crate::verify`] proves the rest.

mod read;
mod write;

use std::ops::Range;

use crate::Program;

/// First bytes of a container; the line end shows transfers that mangle text.
pub const MAGIC: [u8; 8] = *b"\x89STFLB\r\n";
/// Version of the container and of the instruction table.
pub const VERSION: u16 = 1;

const HASH_SIZE: usize = 32;
const CONTENT_HASH: Range<usize> = 10..10 + HASH_SIZE;
const DEBUG_HASH: Range<usize> = CONTENT_HASH.end..CONTENT_HASH.end + HASH_SIZE;
const HEADER_SIZE: usize = DEBUG_HASH.end;
const SECTION_HEADER_SIZE: usize = 9;

/// Sections of a container, in the order in which they stand.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Section {
    /// Types.
    Types = 1,
    /// Object types.
    Objects,
    /// String constants.
    Strings,
    /// Functions and their code.
    Functions,
    /// Entry, inputs and outputs.
    Interface,
    /// The disclosure list.
    Disclosures,
    /// Secret operations used.
    Needs,
    /// Source positions; outside the content hash.
    Debug,
}

impl Section {
    /// Every section, in order.
    pub const ALL: [Self; 8] = [
        Self::Types,
        Self::Objects,
        Self::Strings,
        Self::Functions,
        Self::Interface,
        Self::Disclosures,
        Self::Needs,
        Self::Debug,
    ];

    /// Name in messages.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Types => "types",
            Self::Objects => "objects",
            Self::Strings => "strings",
            Self::Functions => "functions",
            Self::Interface => "interface",
            Self::Disclosures => "disclosures",
            Self::Needs => "needs",
            Self::Debug => "debug",
        }
    }
}

/// Why bytes are not a program.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum DecodeError {
    /// The magic is missing.
    #[error("this is not a Stoffel program (.stflb)")]
    NotAProgram,
    /// Another version of the container.
    #[error("bytecode version {found} is not supported; this build reads version {VERSION}: compile the program again")]
    Version {
        /// Version in the file.
        found: u16,
    },
    /// The file ends early.
    #[error("the program is truncated in section '{0}'")]
    Truncated(&'static str),
    /// Bytes follow the last section.
    #[error("the program is followed by {0} bytes that do not belong to it")]
    Trailing(usize),
    /// Another section stands where this one is due.
    #[error("section '{0}' is missing or out of order")]
    SectionOrder(&'static str),
    /// The content does not have the hash in the header.
    #[error("the program has been altered: its content does not have the hash that it states")]
    Altered,
    /// The debug section does not have the hash in the header.
    #[error("the program's debug information has been altered")]
    AlteredDebug,
    /// A section is not in the form that its kind has.
    #[error("section '{section}' is malformed at byte {offset}: {what}")]
    Malformed {
        /// Section.
        section: &'static str,
        /// Byte within the section.
        offset: usize,
        /// What is wrong.
        what: &'static str,
    },
}

impl Program {
    /// Bytes of the container. Equal programs have equal bytes.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::new();
        out.extend(MAGIC);
        out.extend(VERSION.to_le_bytes());
        out.resize(HEADER_SIZE, 0);
        let mut debug_start = out.len();
        for section in Section::ALL {
            debug_start = out.len();
            let body = write::section(self, section);
            out.push(section as u8);
            out.extend((body.len() as u64).to_le_bytes());
            out.extend(body);
        }
        let content = content_hash(&out[HEADER_SIZE..debug_start]);
        let debug = debug_hash(&out[debug_start..]);
        out[CONTENT_HASH].copy_from_slice(&content);
        out[DEBUG_HASH].copy_from_slice(&debug);
        out
    }

    /// Reads [`Program::encode`]. The result is well formed, not verified.
    ///
    /// # Errors
    /// [`DecodeError`]; what is altered is told from what is truncated or of another version.
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        let rest = bytes.strip_prefix(&MAGIC).ok_or(DecodeError::NotAProgram)?;
        let version = rest.first_chunk().ok_or(DecodeError::Truncated("header"))?;
        let found = u16::from_le_bytes(*version);
        if found != VERSION {
            return Err(DecodeError::Version { found });
        }
        let sections = bytes.get(HEADER_SIZE..).ok_or(DecodeError::Truncated("header"))?;
        let mut bodies = Vec::with_capacity(Section::ALL.len());
        let mut at = 0;
        let mut debug_start = 0;
        for section in Section::ALL {
            debug_start = at;
            let body = section_body(sections, at, section)?;
            at = body.end;
            bodies.push((section, &sections[body]));
        }
        if at != sections.len() {
            return Err(DecodeError::Trailing(sections.len() - at));
        }
        if content_hash(&sections[..debug_start]) != bytes[CONTENT_HASH] {
            return Err(DecodeError::Altered);
        }
        if debug_hash(&sections[debug_start..]) != bytes[DEBUG_HASH] {
            return Err(DecodeError::AlteredDebug);
        }
        let mut program = Self::default();
        for (section, body) in bodies {
            read::section(&mut program, section, body)?;
        }
        Ok(program)
    }

    /// The program's identity: the hash of everything but debug info.
    #[must_use]
    pub fn hash(&self) -> [u8; 32] {
        let mut bytes = Vec::new();
        for section in Section::ALL.into_iter().filter(|section| *section != Section::Debug) {
            let body = write::section(self, section);
            bytes.push(section as u8);
            bytes.extend((body.len() as u64).to_le_bytes());
            bytes.extend(body);
        }
        content_hash(&bytes)
    }
}

fn section_body(sections: &[u8], at: usize, section: Section) -> Result<Range<usize>, DecodeError> {
    let truncated = || DecodeError::Truncated(section.name());
    let header = sections.get(at..at + SECTION_HEADER_SIZE).ok_or_else(truncated)?;
    if header[0] != section as u8 {
        return Err(DecodeError::SectionOrder(section.name()));
    }
    let len = header[1..].iter().rev().fold(0u64, |len, byte| len << 8 | u64::from(*byte));
    let start = at + SECTION_HEADER_SIZE;
    let len = usize::try_from(len).ok().filter(|len| *len <= sections.len() - start).ok_or_else(truncated)?;
    Ok(start..start + len)
}

fn content_hash(sections: &[u8]) -> [u8; HASH_SIZE] {
    let mut hasher = blake3::Hasher::new_derive_key("stoffel bytecode: content");
    hasher.update(&VERSION.to_le_bytes()).update(sections);
    *hasher.finalize().as_bytes()
}

fn debug_hash(section: &[u8]) -> [u8; HASH_SIZE] {
    *blake3::Hasher::new_derive_key("stoffel bytecode: debug").update(section).finalize().as_bytes()
}
