//! What the virtual machine sees of an engine: queue secret operations, ask for reveals, move frames.
//!
//! Handles are reference counted by the caller: a returned [`NodeId`] or [`Lane`] carries one reference to its node;
//! [`Engine::retain`] and [`Engine::release`] change the count. A node is a vector; a scalar is lane 0 of a vector of
//! one or any lane of a longer one. Nothing is computed before a ticket or an output is forced, or a bound is reached.

use stoffel_value::{ScalarOp, ScalarTy, TrapCode};

use crate::{Abort, ArrayOp, PartyIdx, Stats};

/// A vector of secret scalars of one format in the engine's store.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct NodeId(pub u32);

/// One scalar: a lane of a node.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Lane {
    /// The vector.
    pub node: NodeId,
    /// Index within it.
    pub lane: u32,
}

/// An operand of a secret operation. Scalars broadcast beside vectors.
#[derive(Clone, Copy, Debug)]
pub enum Arg<'a> {
    /// One secret scalar.
    Lane(Lane),
    /// `len` consecutive lanes of a node from `start`.
    Vector {
        /// The node.
        node: NodeId,
        /// First lane.
        start: u32,
        /// Number of lanes.
        len: u32,
    },
    /// A public scalar in the format that the operation gives this operand.
    Word(u64),
    /// A public vector.
    Words(&'a [u64]),
}

/// Where an operation stands in the program, and under which condition its traps count.
#[derive(Clone, Copy, Debug)]
pub struct OpSite {
    /// Instruction offset in the program; debug info maps it to a line. Absorbed by the schedule digest.
    pub site: u32,
    /// Secret condition under which a trap of the clear engine is raised (LANGUAGE §10.5); ignored by protocols.
    pub guard: Option<Lane>,
}

/// A promised opening.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Ticket(pub u32);

/// Who learns an opened value.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Receiver {
    /// All computing parties.
    Everyone,
    /// One client, by its index in the session; parties hold only shares of what is sent.
    Client(u32),
}

/// What an engine needs next.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Progress {
    /// Nothing is pending: every forced ticket is resolved.
    Idle,
    /// A round ended: frames may wait in [`Engine::take_frame`], and frames of peers are awaited.
    Round,
}

/// Secret computation, as one party sees it.
///
/// Driving: after [`Engine::force`] or when [`Engine::is_full`], call [`Engine::poll`]; while it gives
/// [`Progress::Round`], send what `take_frame` gives, hand in one frame from each peer of [`Engine::awaits`] with
/// `deliver`, and poll again. Engines without peers (clear) are always idle after one poll.
pub trait Engine {
    /// Number of computing parties.
    fn n_parties(&self) -> u8;
    /// Greatest number of corrupt parties whose joint view discloses nothing.
    fn threshold(&self) -> u8;
    /// This party.
    fn me(&self) -> PartyIdx;
    /// Name of the backend: `clear`, `rep3`, ….
    fn backend(&self) -> &'static str;
    /// Whether traps depend on guards ([`OpSite::guard`]); if not the machine need not keep guards alive.
    fn reads_guards(&self) -> bool;
    /// Whether a secret bool holds, and the guard of the site too, in an engine that raises the traps of LANGUAGE §10.4 [S]. A protocol
    /// cannot know, and says no.
    fn trips(&self, _: Lane, _: OpSite) -> bool {
        false
    }

    /// Queues an operation. The result is a vector if an operand is one (`Sum`, `Dot`, `Any`, `All` excepted), else a vector of one.
    /// The result carries one reference; operands keep theirs.
    ///
    /// # Errors
    /// A trap of the clear engine [S], a public trap (`R0203` for unequal lengths, `R0102` for a public zero divisor), or
    /// `R0404` for what [`crate::Backend::supports`] denies.
    fn op(&mut self, op: ScalarOp, args: &[Arg<'_>], site: OpSite) -> Result<NodeId, TrapCode>;
    /// Brings columns into the ascending (or descending) order of `key`, stably: one vector for each column, in order. The key is moved
    /// where it is a column, too. Formats are bools, integers and fixed-point numbers. Results carry one reference each.
    ///
    /// # Errors
    /// `R0203` if lengths differ.
    fn sort(
        &mut self,
        key: (ScalarTy, Arg<'_>),
        descending: bool,
        columns: &[(ScalarTy, Arg<'_>)],
        site: OpSite,
    ) -> Result<Vec<NodeId>, TrapCode>;
    /// Brings columns of `rows` rows into one uniform order that nobody knows: one vector for each column, in order. Results carry one
    /// reference each.
    ///
    /// # Errors
    /// `R0203` if lengths differ.
    fn shuffle(&mut self, rows: u32, columns: &[(ScalarTy, Arg<'_>)], site: OpSite) -> Result<Vec<NodeId>, TrapCode>;
    /// Queues an operation on arrays, whose axes and places are public. The result carries one reference; operands keep theirs.
    ///
    /// # Errors
    /// `R0101` of the clear engine [S], if the guard of the site holds.
    fn array(&mut self, op: ArrayOp<'_>, args: &[Arg<'_>], site: OpSite) -> Result<NodeId, TrapCode>;
    /// Public words as a secret vector; local.
    fn constant(&mut self, ty: ScalarTy, words: &[u64], site: OpSite) -> NodeId;
    /// A vector of `len` uniform values of an integer format or bools, which nobody knows. At the clear engine they and what `+ - *`
    /// make of them are blinded: not range-checked (LANGUAGE §10.10).
    fn random(&mut self, ty: ScalarTy, len: u32, site: OpSite) -> NodeId;
    /// One vector of the given lanes, in order, all of format `ty`.
    fn gather(&mut self, ty: ScalarTy, lanes: &[Lane]) -> NodeId;
    /// Lanes of a node.
    fn len(&self, node: NodeId) -> u32;
    /// One more reference.
    fn retain(&mut self, node: NodeId);
    /// One reference less; a node without references that was not executed is never computed.
    fn release(&mut self, node: NodeId);

    /// Whether lanes are values of the format, before they are opened or sent.
    ///
    /// # Errors
    /// A trap of the clear engine [S]: a bool that arithmetic has made neither 0 nor 1 (LANGUAGE §10.8).
    fn check(&self, ty: ScalarTy, node: NodeId, start: u32, len: u32) -> Result<(), TrapCode> {
        let _ = (ty, node, start, len);
        Ok(())
    }

    /// Asks for an opening of `len` lanes from `start`, as disclosure `row` of the manifest. Nothing is sent before it is forced.
    /// `ty` is the listed type: only that many low bits are disclosed.
    fn open(&mut self, ty: ScalarTy, node: NodeId, start: u32, len: u32, row: u32, site: OpSite) -> Ticket;
    /// Sends lanes to a client as disclosure `row`; the payload is in [`Engine::take_client_output`] once the engine has been drained.
    #[expect(clippy::too_many_arguments, reason = "what, to whom, as which disclosure and from where")]
    fn send_to_client(&mut self, client: u32, ty: ScalarTy, node: NodeId, start: u32, len: u32, row: u32, site: OpSite);
    /// Asks for this party's shares of all `len` lanes of a node, to be kept beyond the session: this is no disclosure. They are in
    /// [`Engine::take_kept`] under the number given, once [`Engine::force_all`] has been driven to idle.
    fn keep(&mut self, ty: ScalarTy, node: NodeId, len: u32, site: OpSite) -> u32;
    /// Takes kept shares out.
    fn take_kept(&mut self, place: u32) -> Vec<u8>;
    /// Kept shares as vectors again: `layout` gives format and length of each, in the order in which they were kept. Every party
    /// must restore what was kept together; `None` if the shares have another length.
    fn restore(&mut self, layout: &[(ScalarTy, u32)], shares: &[u8]) -> Option<Vec<NodeId>>;
    /// Demands a ticket; the next polls resolve it (and every opening asked for before it).
    fn force(&mut self, ticket: Ticket);
    /// Demands everything asked for: all live tickets and client outputs. At the end of a program.
    fn force_all(&mut self);
    /// The words of a resolved ticket, in the format of its opening.
    fn opened(&self, ticket: Ticket) -> Option<&[u64]>;
    /// Forgets a ticket; one that was never forced is never opened.
    fn drop_ticket(&mut self, ticket: Ticket);
    /// Whether the pending graph has reached its bound, so that the machine must let the engine run.
    fn is_full(&self) -> bool;
    /// Absorbs a public value that steers the schedule (a branch on an opened value is absorbed by the engine itself).
    fn absorb(&mut self, word: u64);
    /// Rounds, bytes and operations so far.
    fn stats(&self) -> Stats;

    /// Runs local work to the next round boundary.
    ///
    /// # Errors
    /// An [`Abort`] names the culprit if it can be told.
    fn poll(&mut self) -> Result<Progress, Abort>;
    /// Whether a frame of this peer is due before the next poll.
    fn awaits(&self, peer: PartyIdx) -> bool;
    /// Hands in one whole frame of a peer.
    ///
    /// # Errors
    /// If header or length are not what the schedule gives.
    fn deliver(&mut self, from: PartyIdx, frame: &[u8]) -> Result<(), Abort>;
    /// As [`Engine::deliver`] of a frame that the engine may keep instead of copying it.
    ///
    /// # Errors
    /// As [`Engine::deliver`].
    fn deliver_owned(&mut self, from: PartyIdx, frame: Vec<u8>) -> Result<(), Abort> {
        self.deliver(from, &frame)
    }
    /// Moves the next frame for a peer out, if any. A frame is header (see `frame`) and payload.
    fn take_frame(&mut self, to: PartyIdx) -> Option<Vec<u8>>;

    /// Takes one client's whole secret input: `layout` gives format and length of each vector, `payload` this party's components.
    /// Duplicated components are compared among parties before the first operation.
    ///
    /// # Errors
    /// [`Abort`] naming the client if lengths do not agree.
    fn client_input(
        &mut self,
        client: u32,
        public: &[u8],
        layout: &[(ScalarTy, u32)],
        payload: &[u8],
    ) -> Result<Vec<NodeId>, Abort>;
    /// This party's payload for a client after [`Engine::force_all`] has been driven to idle.
    fn take_client_output(&mut self, client: u32) -> Vec<u8>;
}
