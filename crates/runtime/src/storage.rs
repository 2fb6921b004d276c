//! One party's store: the content of a file in, entries for the machine and the content after the session out (LANGUAGE §17.2).
//!
//! Public values are kept as they are, secrets as this party's shares. An entry records its type, whether it is party-local, and of
//! a secret the program that stored it, the backend and the roster: shares mean nothing among other parties. What a session stores
//! takes effect when it ends normally. Not here: files (the drivers), comparison among parties (the machine absorbs
//! [`Store::digest`]).

use std::collections::BTreeMap;

use stoffel_bytecode::{Program, Type};
use stoffel_mpc::{Engine, Lane, OpSite};
use stoffel_value::{ScalarTy, TrapCode, Value};
use stoffel_vm::{Stored, send_layout};

use crate::abort::SessionError;
use crate::session::Session;
use crate::shape;
use crate::wire::{Malformed, Reader, push_block};

/// First bytes of a file; the number is the version of its form.
const MAGIC: &[u8] = b"stoffel store 2\n";

/// A party's store before a session, and whose secrets its programs may load.
#[derive(Clone, Debug, Default)]
pub struct StorageSetup {
    /// Content of the file; empty for a new store.
    pub content: Vec<u8>,
    /// Programs (hashes in hex) beside the session's own whose secrets it may load.
    pub programs: Vec<String>,
}

/// Where a secret may be loaded: program, backend and roster.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
struct Origin {
    program: String,
    backend: String,
    roster: String,
}

struct Entry {
    /// Its type by itself.
    form: Program,
    local: bool,
    origin: Origin,
    state: State,
}

enum State {
    /// As in the file: the public part, and this party's shares.
    Kept { public: Vec<u8>, shares: Vec<u8> },
    /// In use: the shape, the secrets with a reference each, and places of their shares at the engine once the program has ended.
    Live { shape: Value, lanes: Vec<(ScalarTy, Lane)>, places: Vec<u32> },
}

/// The store of one party in one session.
#[derive(Default)]
pub(crate) struct Store {
    entries: BTreeMap<String, Entry>,
    own: Origin,
    programs: Vec<String>,
    digest: u64,
}

impl Store {
    /// Reads a store for a session.
    ///
    /// # Errors
    /// If the content is damaged.
    pub(crate) fn open(setup: &StorageSetup, session: &Session, me: u8) -> Result<Self, SessionError> {
        let mut roster = blake3::Hasher::new_derive_key("stoffel 2 roster of a store");
        roster.update(&[me, session.threshold, session.n_parties()]);
        for party in &session.parties {
            roster.update(party.key.as_bytes()).update(&[0]);
        }
        let roster = roster.finalize().to_hex().to_string();
        let own = Origin { program: session.program.clone(), backend: session.backend.clone(), roster };
        let damaged = |_: Malformed| SessionError::Setup("the store is damaged".to_owned());
        let entries = read(&setup.content).map_err(damaged)?;
        let digest = digest(&entries);
        Ok(Self { entries, own, programs: setup.programs.clone(), digest })
    }

    /// A number that stands for what was stored before the session and is not party-local.
    pub(crate) const fn digest(&self) -> u64 {
        self.digest
    }

    /// See [`stoffel_vm::Host::store`].
    pub(crate) fn store(&mut self, key: &str, entry: Stored, local: bool) -> Result<Option<Stored>, TrapCode> {
        self.check(key, |entry| entry.local == local)?;
        let Stored { form, local, shape, lanes } = entry;
        let state = State::Live { shape, lanes, places: Vec::new() };
        let before = self.entries.insert(key.to_owned(), Entry { form, local, origin: self.own.clone(), state });
        Ok(before.and_then(taken))
    }

    /// See [`stoffel_vm::Host::load`].
    pub(crate) fn load(&mut self, key: &str, local: bool, engine: &mut dyn Engine) -> Result<Option<Stored>, TrapCode> {
        self.check(key, |entry| local || !entry.local)?;
        let Some(entry) = self.entries.get_mut(key) else { return Ok(None) };
        if let State::Kept { public, shares } = &entry.state {
            let origin = &entry.origin;
            let known = origin.program == self.own.program || self.programs.contains(&origin.program);
            let same = origin.backend == self.own.backend && origin.roster == self.own.roster;
            if entry.form.formed().is_none_or(Type::has_secret) && !(known && same) {
                return Err(TrapCode::DynamicType);
            }
            let damaged = |_: Malformed| TrapCode::Engine;
            let mut reader = Reader::new(public);
            let ty = entry.form.formed().ok_or(TrapCode::Engine)?;
            let mut budget = shape::budget(public.len() + shares.len());
            let shape = shape::read(&entry.form, &mut reader, ty, &mut budget).map_err(damaged)?;
            let layout = send_layout(&shape);
            let nodes = engine.restore(&layout, shares).ok_or(TrapCode::Engine)?;
            let mut lanes = Vec::new();
            for ((ty, len), node) in layout.iter().zip(nodes) {
                for lane in 0..*len {
                    engine.retain(node);
                    lanes.push((*ty, Lane { node, lane }));
                }
                engine.release(node);
            }
            entry.state = State::Live { shape, lanes, places: Vec::new() };
        }
        let State::Live { shape, lanes, .. } = &entry.state else { return Ok(None) };
        let (form, local) = (entry.form.clone(), entry.local);
        Ok(Some(Stored { form, local, shape: shape.clone(), lanes: lanes.clone() }))
    }

    /// See [`stoffel_vm::Host::delete`].
    pub(crate) fn delete(&mut self, key: &str, local: bool) -> Result<Option<Stored>, TrapCode> {
        self.check(key, |entry| entry.local == local)?;
        let Some(entry) = self.entries.remove(key) else { return Ok(None) };
        let (form, local) = (entry.form.clone(), entry.local);
        let gone = Stored { form, local, shape: Value::None, lanes: Vec::new() };
        Ok(Some(taken(entry).unwrap_or(gone)))
    }

    /// See [`stoffel_vm::Host::exists`].
    pub(crate) fn exists(&self, key: &str, local: bool) -> Result<bool, TrapCode> {
        self.check(key, |entry| local || !entry.local)?;
        Ok(self.entries.contains_key(key))
    }

    fn check(&self, key: &str, may: impl Fn(&Entry) -> bool) -> Result<(), TrapCode> {
        if self.entries.get(key).is_none_or(may) { Ok(()) } else { Err(TrapCode::DynamicType) }
    }

    /// The program has ended: asks the engine for the shares of everything in use.
    pub(crate) fn keep(&mut self, engine: &mut dyn Engine) {
        let site = OpSite { site: 0, guard: None };
        for entry in self.entries.values_mut() {
            let State::Live { lanes, places, .. } = &mut entry.state else { continue };
            for run in lanes.chunk_by(|a, b| a.0 == b.0) {
                let of_run: Vec<Lane> = run.iter().map(|(_, lane)| *lane).collect();
                let node = engine.gather(run[0].0, &of_run);
                places.push(engine.keep(run[0].0, node, of_run.len() as u32, site));
                engine.release(node);
            }
        }
    }

    /// The content of the file after the session; the engine has been driven to idle.
    pub(crate) fn content(&mut self, engine: &mut dyn Engine) -> Vec<u8> {
        let mut out = MAGIC.to_vec();
        out.extend_from_slice(&(self.entries.len() as u32).to_le_bytes());
        for (key, entry) in &mut self.entries {
            if let State::Live { shape, places, .. } = &entry.state {
                let mut public = Vec::new();
                // The machine builds shapes from the type, so the walk cannot fail.
                let split = entry.form.formed().ok_or(Malformed).and_then(|ty| {
                    let mut columns = vec![(ScalarTy::Bool, Vec::new()); shape::count(&entry.form, ty)];
                    shape::split(&entry.form, shape, ty, &mut public, &mut columns)
                });
                debug_assert!(split.is_ok(), "a stored value has its type");
                let shares = places.iter().flat_map(|place| engine.take_kept(*place)).collect();
                entry.state = State::Kept { public, shares };
            }
            write(&mut out, key, entry);
        }
        let hash = *blake3::hash(&out).as_bytes();
        out.extend_from_slice(&hash);
        out
    }
}

/// What an entry in use held.
fn taken(entry: Entry) -> Option<Stored> {
    match entry.state {
        State::Live { shape, lanes, .. } => Some(Stored { form: entry.form, local: entry.local, shape, lanes }),
        State::Kept { .. } => None,
    }
}

fn write(out: &mut Vec<u8>, key: &str, entry: &Entry) {
    let State::Kept { public, shares } = &entry.state else { return };
    push_block(out, key.as_bytes());
    push_block(out, entry.form.to_text().as_bytes());
    out.push(entry.local.into());
    for text in [&entry.origin.program, &entry.origin.backend, &entry.origin.roster] {
        push_block(out, text.as_bytes());
    }
    push_block(out, public);
    push_block(out, shares);
}

fn read(content: &[u8]) -> Result<BTreeMap<String, Entry>, Malformed> {
    let mut entries = BTreeMap::new();
    if content.is_empty() {
        return Ok(entries);
    }
    let body = content.len().checked_sub(32).ok_or(Malformed)?;
    let (body, hash) = content.split_at(body);
    if blake3::hash(body) != blake3::Hash::from_slice(hash).map_err(|_| Malformed)? {
        return Err(Malformed);
    }
    let mut reader = Reader::new(body.strip_prefix(MAGIC).ok_or(Malformed)?);
    for _ in 0..reader.u32()? {
        let key = text(&mut reader)?;
        let form = Program::from_text(&text(&mut reader)?).map_err(|_| Malformed)?;
        let local = reader.u8()? == 1;
        let origin = Origin { program: text(&mut reader)?, backend: text(&mut reader)?, roster: text(&mut reader)? };
        let state = State::Kept { public: reader.block()?.to_vec(), shares: reader.block()?.to_vec() };
        entries.insert(key, Entry { form, local, origin, state });
    }
    reader.end()?;
    Ok(entries)
}

fn text(reader: &mut Reader<'_>) -> Result<String, Malformed> {
    String::from_utf8(reader.block()?.to_vec()).map_err(|_| Malformed)
}

/// Keys, types and public values of the entries that all parties have alike.
fn digest(entries: &BTreeMap<String, Entry>) -> u64 {
    let mut hash = blake3::Hasher::new_derive_key("stoffel 2 store");
    for (key, entry) in entries.iter().filter(|(_, entry)| !entry.local) {
        let State::Kept { public, .. } = &entry.state else { continue };
        for part in [key.as_bytes(), entry.form.to_text().as_bytes(), entry.origin.program.as_bytes(), public] {
            hash.update(&(part.len() as u64).to_le_bytes()).update(part);
        }
    }
    let bytes = *hash.finalize().as_bytes();
    u64::from_le_bytes(std::array::from_fn(|at| bytes[at]))
}

/// Reads the file of a store; a file that is not there is a new store.
///
/// # Errors
/// If it cannot be read.
pub(crate) fn read_file(path: &std::path::Path) -> Result<Vec<u8>, SessionError> {
    match std::fs::read(path) {
        Ok(content) => Ok(content),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(SessionError::Setup(format!("cannot read the store {}: {error}", path.display()))),
    }
}

/// Writes the file of a store as a whole: it is the old one or the new one, whatever happens. Only its owner may read it.
///
/// # Errors
/// If it cannot be written.
pub(crate) fn write_file(path: &std::path::Path, content: &[u8]) -> Result<(), SessionError> {
    use std::io::Write as _;
    use std::os::unix::fs::OpenOptionsExt as _;
    let failed = |error| SessionError::Setup(format!("cannot write the store {}: {error}", path.display()));
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(failed)?;
    }
    let fresh = path.with_extension("new");
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true).mode(0o600);
    let mut file = options.open(&fresh).map_err(failed)?;
    file.write_all(content).and_then(|()| file.sync_all()).map_err(failed)?;
    std::fs::rename(&fresh, path).map_err(failed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn session(key: &str) -> Session {
        let party = crate::PartyEntry { key: key.to_owned(), address: String::new() };
        Session {
            id: String::new(),
            program: "p".to_owned(),
            backend: "clear".to_owned(),
            threshold: 0,
            timeout_ms: 1,
            join_ms: 1,
            frame_bytes_max: 1,
            link: "tls".to_owned(),
            network: None,
            output_clients: None,
            parties: vec![party],
            clients: Vec::new(),
        }
    }

    fn engine() -> Box<dyn Engine> {
        let params = stoffel_mpc::Params::agree(&[stoffel_mpc::Offer::default()]);
        stoffel_mpc::engine(
            &params.for_session(stoffel_mpc::Backend::Clear, [0; 16]),
            stoffel_mpc::PartyIdx(0),
            [0; 32],
        )
    }

    fn stored(local: bool, engine: &mut dyn Engine) -> Stored {
        let node = engine.constant(ScalarTy::I64, &[7], OpSite { site: 0, guard: None });
        let ty = Type::Tuple(vec![Type::Scalar(ScalarTy::I64), Type::Secret(ScalarTy::I64)]);
        let shape = Value::Tuple(vec![Value::Scalar(ScalarTy::I64, 5), Value::Secret(ScalarTy::I64)]);
        Stored {
            form: Program::default().form(&ty),
            local,
            shape,
            lanes: vec![(ScalarTy::I64, Lane { node, lane: 0 })],
        }
    }

    fn kept() -> Vec<u8> {
        let mut engine = engine();
        let mut store = Store::open(&StorageSetup::default(), &session("k"), 0).unwrap_or_default();
        let entry = stored(false, engine.as_mut());
        assert!(store.store("pair", entry, false).is_ok_and(|before| before.is_none()));
        store.keep(engine.as_mut());
        store.content(engine.as_mut())
    }

    fn reopened(content: &[u8], session: &Session) -> Store {
        let setup = StorageSetup { content: content.to_vec(), programs: Vec::new() };
        Store::open(&setup, session, 0).unwrap_or_else(|error| panic!("{error}"))
    }

    #[test]
    fn what_is_kept_is_loaded_by_the_same_program_and_roster_only() {
        let content = kept();
        let mut engine = engine();
        let found = reopened(&content, &session("k")).load("pair", false, engine.as_mut()).unwrap().unwrap();
        assert_eq!(found.shape, stored(false, engine.as_mut()).shape);
        let (ty, lane) = found.lanes[0];
        let ticket = engine.open(ty, lane.node, lane.lane, 1, 0, OpSite { site: 0, guard: None });
        engine.force(ticket);
        assert_eq!(engine.opened(ticket), Some(&[7][..]));
        for other in [session("other"), Session { program: "q".to_owned(), ..session("k") }] {
            let refused = reopened(&content, &other).load("pair", false, engine.as_mut());
            assert_eq!(refused.map(|_| ()), Err(TrapCode::DynamicType));
        }
        let setup = StorageSetup { content, programs: vec!["p".to_owned()] };
        let mut trusted = Store::open(&setup, &Session { program: "q".to_owned(), ..session("k") }, 0).unwrap();
        assert!(trusted.load("pair", false, engine.as_mut()).is_ok());
    }

    #[test]
    fn party_local_and_common_entries_do_not_mix() {
        let mut engine = engine();
        let mut store = Store::default();
        let (common, own) = (stored(false, engine.as_mut()), stored(true, engine.as_mut()));
        store.store("a", common.clone(), false).unwrap();
        store.store("b", own.clone(), true).unwrap();
        assert_eq!(store.store("a", own, true).map(|_| ()), Err(TrapCode::DynamicType));
        assert_eq!(store.store("b", common, false).map(|_| ()), Err(TrapCode::DynamicType));
        assert_eq!(store.exists("b", false), Err(TrapCode::DynamicType));
        assert_eq!(store.delete("a", true).map(|_| ()), Err(TrapCode::DynamicType));
        assert_eq!((store.exists("a", true), store.exists("c", false)), (Ok(true), Ok(false)));
        assert!(store.delete("b", true).unwrap().is_some());
    }

    #[test]
    fn a_damaged_store_is_told() {
        let mut content = kept();
        content[20] ^= 1;
        let setup = StorageSetup { content, programs: Vec::new() };
        assert!(Store::open(&setup, &session("k"), 0).is_err());
    }
}
