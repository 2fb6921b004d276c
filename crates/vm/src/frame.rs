//! Calls in, frames on three register stacks out: words, references, secrets.
//!
//! A frame is three bases, a place in the code and where its result goes; registers are `base + number`. The word stack always reaches a whole
//! window (every number that an instruction can name) beyond the running frame, so that the run loop indexes an array of
//! that size and needs no bounds checks.

use stoffel_bytecode::{Function, Reg};
use stoffel_mpc::{Engine, Lane};
use stoffel_value::TrapCode;

use crate::heap::{Heap, Ref};

/// Registers that an instruction can name.
pub(crate) const WINDOW: usize = 1 << 16;

/// The words that an instruction can name.
pub(crate) type Window = [u64; WINDOW];

/// A function that is running, or waits for the one it called.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Frame {
    /// Index of the function.
    pub(crate) function: u32,
    /// Instruction that is executed, or that called.
    pub(crate) pc: u32,
    /// First word register.
    words: u32,
    /// First reference register.
    refs: u32,
    /// First secret register.
    secrets: u32,
    /// Word register of the caller that gets the result, if the call is of the short form; else [`Frame::BY_CALL`].
    to: u32,
}

impl Frame {
    /// What the caller gets, and where, is what the calling instruction says.
    const BY_CALL: u32 = u32::MAX;

    /// The frame of a function below which there is none.
    pub(crate) const fn bottom(function: u32) -> Self {
        Self { function, pc: 0, words: 0, refs: 0, secrets: 0, to: Self::BY_CALL }
    }

    /// The frame of `callee` above this one, whose function is `caller`.
    ///
    /// Frames stay within [`Frame::bytes`] of a few GiB, so that the bases are far from the end of 32 bits.
    #[inline]
    pub(crate) fn above(&self, caller: &Function, callee: u32) -> Self {
        Self {
            function: callee,
            pc: 0,
            words: self.words + caller.words.len() as u32,
            refs: self.refs + caller.refs.len() as u32,
            secrets: self.secrets + caller.secrets.len() as u32,
            to: Self::BY_CALL,
        }
    }

    /// The frame, whose result is one word that goes to a register of its caller.
    #[inline]
    pub(crate) const fn giving_to(self, d: Reg) -> Self {
        Self { to: d as u32, ..self }
    }

    /// The register of the caller that gets the one word; `None` if the calling instruction must be asked.
    #[inline]
    pub(crate) const fn gives_to(&self) -> Option<usize> {
        if self.to == Self::BY_CALL { None } else { Some(self.to as usize) }
    }

    /// The frame at another place of its code.
    #[inline]
    pub(crate) const fn at(self, pc: u32) -> Self {
        Self { pc, ..self }
    }

    /// The frame of the same function with no registers below it.
    pub(crate) const fn with_everything(self) -> Self {
        Self { words: 0, refs: 0, secrets: 0, ..self }
    }

    /// First word register.
    #[inline]
    pub(crate) const fn words(&self) -> usize {
        self.words as usize
    }

    /// First reference register.
    #[inline]
    pub(crate) const fn refs(&self) -> usize {
        self.refs as usize
    }

    /// First secret register.
    #[inline]
    pub(crate) const fn secrets(&self) -> usize {
        self.secrets as usize
    }

    /// Bytes of all registers below the frame.
    #[inline]
    pub(crate) const fn bytes(&self) -> usize {
        self.words() * size_of::<u64>() + self.refs() * size_of::<Ref>() + self.secrets() * size_of::<Option<Lane>>()
    }
}

/// The registers of all frames.
#[derive(Debug)]
pub(crate) struct Stack {
    pub(crate) words: Vec<u64>,
    pub(crate) refs: Vec<Ref>,
    pub(crate) secrets: Vec<Option<Lane>>,
}

impl Stack {
    /// Room for one empty frame.
    pub(crate) fn new() -> Self {
        Self { words: vec![0; 2 * WINDOW], refs: Vec::new(), secrets: Vec::new() }
    }

    /// Makes room for a frame whose registers begin at the bases and are so many.
    ///
    /// References and secrets begin empty; words keep what stood there, since verified code writes before it reads.
    #[inline]
    pub(crate) fn enter(&mut self, frame: &Frame, refs: usize, secrets: usize) {
        let (refs, secrets) = (frame.refs() + refs, frame.secrets() + secrets);
        // Most frames of public code have neither references nor secrets: then the stacks stay as they are.
        if frame.words() + WINDOW > self.words.len() || refs != self.refs.len() || secrets != self.secrets.len() {
            self.grow(frame.words() + WINDOW, refs, secrets);
        }
    }

    #[inline(never)]
    fn grow(&mut self, words: usize, refs: usize, secrets: usize) {
        if words > self.words.len() {
            self.words.resize(words.next_power_of_two(), 0);
        }
        self.refs.resize(refs, Ref::NIL);
        self.secrets.resize(secrets, None);
    }

    /// Copies a run of words to the first registers of a frame that is being entered.
    #[inline]
    pub(crate) fn pass_run(&mut self, from: &Frame, to: &Frame, first: Reg, count: u16) {
        let start = from.words() + usize::from(first);
        self.words.copy_within(start..start + usize::from(count), to.words());
    }

    /// Copies words to the first registers of a frame that is being entered.
    #[inline]
    pub(crate) fn pass_words(&mut self, from: &Frame, to: &Frame, sources: &[Reg]) {
        if let [only] = sources {
            self.words[to.words()] = self.words[from.words() + usize::from(*only)];
            return;
        }
        let (below, above) = self.words.split_at_mut(to.words());
        for (to, &source) in above.iter_mut().zip(sources) {
            *to = below[from.words() + usize::from(source)];
        }
    }

    /// Copies words of a frame that is being left to registers of its caller.
    #[inline]
    pub(crate) fn return_words(&mut self, from: &Frame, to: &Frame, sources: &[Reg], destinations: &[Reg]) {
        for (&source, &destination) in sources.iter().zip(destinations) {
            self.words[to.words() + usize::from(destination)] = self.words[from.words() + usize::from(source)];
        }
    }

    /// Lets go of the references and secrets of the top frame.
    #[inline]
    pub(crate) fn leave(&mut self, frame: Frame, heap: &mut Heap, engine: &mut dyn Engine) {
        if self.refs.len() > frame.refs() || self.secrets.len() > frame.secrets() {
            self.release_above(frame, heap, engine);
        }
    }

    #[inline(never)]
    fn release_above(&mut self, frame: Frame, heap: &mut Heap, engine: &mut dyn Engine) {
        for r in self.refs.drain(frame.refs()..) {
            heap.release(r, engine);
        }
        for lane in self.secrets.drain(frame.secrets()..).flatten() {
            engine.release(lane.node);
        }
    }

    /// The word.
    pub(crate) fn word(&self, frame: &Frame, r: Reg) -> u64 {
        self.words[frame.words() + usize::from(r)]
    }

    /// Writes a word.
    pub(crate) fn set_word(&mut self, frame: &Frame, r: Reg, word: u64) {
        self.words[frame.words() + usize::from(r)] = word;
    }

    /// The reference.
    pub(crate) fn reference(&self, frame: &Frame, r: Reg) -> Ref {
        self.refs[frame.refs() + usize::from(r)]
    }

    /// Writes a reference with its count and gives what was there, with its count.
    pub(crate) fn swap_ref(&mut self, frame: &Frame, r: Reg, value: Ref) -> Ref {
        std::mem::replace(&mut self.refs[frame.refs() + usize::from(r)], value)
    }

    /// The secret.
    pub(crate) fn secret(&self, frame: &Frame, r: Reg) -> Result<Lane, TrapCode> {
        self.secrets[frame.secrets() + usize::from(r)].ok_or(TrapCode::DynamicType)
    }

    /// Writes a secret with its reference and gives what was there, with its reference.
    pub(crate) fn swap_secret(&mut self, frame: &Frame, r: Reg, value: Option<Lane>) -> Option<Lane> {
        std::mem::replace(&mut self.secrets[frame.secrets() + usize::from(r)], value)
    }
}

/// The window of a frame.
#[inline]
pub(crate) fn window(words: &mut [u64], base: usize) -> &mut Window {
    let window = words[base..].first_chunk_mut();
    window.expect("`Stack::enter` keeps a window above the running frame")
}
