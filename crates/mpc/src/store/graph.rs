//! Steps in, a graph of pending ones out: references, representations, liveness.
//!
//! Nodes are created after their operands, so the list of pending nodes is in topological order and nothing recurses. A
//! pending node whose references are gone is dead and lets go of its operands; it is never executed. Representations of
//! one value (its bits, its element of a ring) form a ring; an executed one is kept as long as any of them is in use.

use zeroize::Zeroize;

use super::node::{BROADCAST_0, BROADCAST_1, Code, Domain, Key, LOOSE, Node, PUBLIC_VECTOR, SIGNED, State};
use super::value::{Public, Vector};
use crate::slab::Slab;

/// A step's operand: `len` lanes of a node from `start`; one lane beside a longer result is repeated.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Operand {
    /// The node.
    pub(crate) node: u32,
    /// First lane.
    pub(crate) start: u32,
    /// Number of lanes.
    pub(crate) len: u32,
}

/// A piece of a concatenation.
pub(crate) type Piece = Operand;

/// Every node of a session.
pub(crate) struct Graph {
    nodes: Vec<Node>,
    free: Vec<u32>,
    vectors: Slab<Vector>,
    publics: Slab<Public>,
    pieces: Slab<Vec<Piece>>,
    /// Queued nodes in order of creation; dead ones stay listed until the next flush.
    pending: Vec<u32>,
    pending_lanes: u64,
    pending_bytes: u64,
    /// Lanes of queued conversions of bits that go bit by bit, weighted by planes.
    bitwise_bits: u64,
    rounds: fn(Key) -> u32,
    stack: Vec<u32>,
}

impl Drop for Graph {
    fn drop(&mut self) {
        for node in &mut self.nodes {
            node.body.zeroize();
        }
    }
}

impl Graph {
    /// An empty graph; `rounds` tells how long a step takes.
    pub(crate) fn new(rounds: fn(Key) -> u32) -> Self {
        Self {
            nodes: Vec::new(),
            free: Vec::new(),
            vectors: Slab::default(),
            publics: Slab::default(),
            pieces: Slab::default(),
            pending: Vec::new(),
            pending_lanes: 0,
            pending_bytes: 0,
            bitwise_bits: 0,
            rounds,
            stack: Vec::new(),
        }
    }

    /// A node.
    pub(crate) fn node(&self, id: u32) -> &Node {
        &self.nodes[id as usize]
    }

    /// The vector of an executed node.
    pub(crate) fn vector(&self, node: &Node) -> &Vector {
        &self.vectors[node.body[0] as u32]
    }

    /// The public vector of a queued node; `None` if it is one word.
    pub(crate) fn public(&self, node: &Node) -> Option<&Public> {
        (node.flags & PUBLIC_VECTOR != 0).then(|| &self.publics[node.body[1] as u32])
    }

    /// The pieces of a queued concatenation.
    pub(crate) fn pieces(&self, node: &Node) -> &[Piece] {
        &self.pieces[node.body[0] as u32]
    }

    /// Number of lanes that a step takes of each operand.
    pub(crate) fn operand_len(&self, id: u32) -> usize {
        let node = self.node(id);
        if node.key.code.reduces() { node.body[3] as usize } else { node.len as usize }
    }

    /// Queued nodes, lanes and bytes since the last flush, for bounds; dead ones count.
    pub(crate) fn queued(&self) -> (usize, u64, u64) {
        (self.pending.len(), self.pending_lanes, self.pending_bytes)
    }

    /// Books bits that are to be converted bit by bit, if the budget of this flush has room for them.
    pub(crate) fn book_bitwise(&mut self, bits: u64, budget: u64) -> bool {
        let fits = self.bitwise_bits.saturating_add(bits) <= budget;
        self.bitwise_bits += if fits { bits } else { 0 };
        fits
    }

    /// Takes the live queued nodes in order of creation; dead ones are freed.
    pub(crate) fn take_pending(&mut self) -> Vec<u32> {
        self.pending_lanes = 0;
        self.pending_bytes = 0;
        self.bitwise_bits = 0;
        let mut listed = std::mem::take(&mut self.pending);
        listed.retain(|id| {
            let dead = self.nodes[*id as usize].state == State::Dead;
            if dead {
                self.nodes[*id as usize].state = State::Free;
                self.free.push(*id);
            }
            !dead
        });
        listed
    }

    /// Live queued nodes in order of creation.
    pub(crate) fn live(&self) -> Vec<u32> {
        self.pending.iter().copied().filter(|id| self.node(*id).state == State::Pending).collect()
    }

    /// Takes back an empty list for its memory.
    pub(crate) fn reuse_pending(&mut self, mut list: Vec<u32>) {
        if self.pending.is_empty() {
            list.clear();
            self.pending = list;
        }
    }

    /// A value that is there from the start, with one reference.
    pub(crate) fn given(&mut self, domain: Domain, planes: u8, len: u32, flags: u8) -> u32 {
        let key = Key { code: Code::Given, from: domain, planes, param: 0, to: domain };
        self.insert(Node {
            body: [0; 4],
            refs: 1,
            len,
            ring: 0,
            site: 0,
            ready: 0,
            level: 0,
            key,
            state: State::Scalar,
            flags,
        })
    }

    /// Queues a step over operands, with one reference. `flags` holds LOOSE and SIGNED of the result.
    pub(crate) fn push(&mut self, key: Key, operands: &[Operand], len: u32, flags: u8, site: u32) -> u32 {
        debug_assert_eq!(operands.len(), key.code.operands(), "operands of {key:?}");
        let mut body = [0; 4];
        let mut flags = flags & (LOOSE | SIGNED);
        let (mut ready, mut level) = (0, 0);
        for (i, operand) in operands.iter().enumerate() {
            body[i] = u64::from(operand.node) << 32 | u64::from(operand.start);
            if operand.len == 1 && len != 1 && !key.code.reduces() {
                flags |= if i == 0 { BROADCAST_0 } else { BROADCAST_1 };
            }
            let node = &mut self.nodes[operand.node as usize];
            let domain = if key.code == Code::Reorder && i == 1 { Domain::Z64 } else { key.from };
            debug_assert_eq!(node.key.to, domain, "domain of operand {i} of {key:?}");
            node.refs += 1;
            if node.ready > ready {
                (ready, level) = (node.ready, node.level);
            } else if node.ready == ready {
                level = level.max(node.level);
            }
        }
        if key.code.reduces() {
            body[3] = operands.iter().map(|operand| u64::from(operand.len)).max().unwrap_or(0);
        }
        self.queue(key, body, len, flags, site, ready, level)
    }

    /// As [`Graph::push`] for a step of one lane over two: what loops of scalars are made of.
    pub(crate) fn push_pair(&mut self, key: Key, x: (u32, u32), y: (u32, u32), flags: u8, site: u32) -> u32 {
        let (mut ready, mut level) = (0, 0);
        for (id, _) in [x, y] {
            let node = &mut self.nodes[id as usize];
            node.refs += 1;
            if node.ready > ready {
                (ready, level) = (node.ready, node.level);
            } else if node.ready == ready {
                level = level.max(node.level);
            }
        }
        let word = |(id, lane): (u32, u32)| u64::from(id) << 32 | u64::from(lane);
        self.queue(key, [word(x), word(y), 0, 0], 1, flags, site, ready, level)
    }

    /// As [`Graph::push`] for a step with one operand and one public word for all lanes.
    pub(crate) fn push_word(&mut self, key: Key, x: Operand, word: u128, len: u32, flags: u8, site: u32) -> u32 {
        let id = self.push(key, &[x], len, flags, site);
        self.nodes[id as usize].body[1] = word as u64;
        self.nodes[id as usize].body[2] = (word >> 64) as u64;
        id
    }

    /// As [`Graph::push`] for a step with one operand and a public vector.
    pub(crate) fn push_public(&mut self, key: Key, x: Operand, public: Public, len: u32, flags: u8, site: u32) -> u32 {
        let id = self.push(key, &[x], len, flags, site);
        self.pending_bytes += 16 * u64::from(len);
        let index = self.publics.insert(public);
        let node = &mut self.nodes[id as usize];
        node.flags |= PUBLIC_VECTOR;
        node.body[1] = u64::from(index);
        id
    }

    /// Queues a concatenation, with one reference.
    pub(crate) fn push_concat(&mut self, domain: Domain, planes: u8, pieces: Vec<Piece>, flags: u8, site: u32) -> u32 {
        let key = Key { code: Code::Concat, from: domain, planes, param: 0, to: domain };
        let len = pieces.iter().map(|piece| piece.len).sum();
        let (mut ready, mut level) = (0, 0);
        for piece in &pieces {
            let node = &mut self.nodes[piece.node as usize];
            node.refs += 1;
            if node.ready > ready {
                (ready, level) = (node.ready, node.level);
            } else if node.ready == ready {
                level = level.max(node.level);
            }
        }
        self.pending_bytes += 12 * pieces.len() as u64;
        let index = self.pieces.insert(pieces);
        self.queue(key, [u64::from(index), 0, 0, 0], len, flags & (LOOSE | SIGNED), site, ready, level)
    }

    /// Sets the second word of a queued node: a ticket or a place among outputs.
    pub(crate) fn set_word(&mut self, id: u32, word: u64) {
        self.nodes[id as usize].body[1] = word;
    }

    /// Sets the axis lengths of a queued array step.
    pub(crate) fn set_axes(&mut self, id: u32, axes: [u32; 4]) {
        let [a, b, c, d] = axes.map(u64::from);
        self.nodes[id as usize].body[2] = a << 32 | b;
        self.nodes[id as usize].body[3] = c << 32 | d;
    }

    #[expect(clippy::too_many_arguments, reason = "the fields of a node, from one place")]
    fn queue(&mut self, key: Key, body: [u64; 4], len: u32, flags: u8, site: u32, ready: u32, level: u32) -> u32 {
        let (ready, level) = if key.code.is_local() { (ready, level + 1) } else { (ready + (self.rounds)(key), 0) };
        self.pending_lanes += u64::from(len);
        self.pending_bytes += size_of::<Node>() as u64 + 16 * u64::from(len);
        let id =
            self.insert(Node { body, refs: 1, len, ring: 0, site, ready, level, key, state: State::Pending, flags });
        self.pending.push(id);
        id
    }

    fn insert(&mut self, mut node: Node) -> u32 {
        if let Some(id) = self.free.pop() {
            node.ring = id;
            self.nodes[id as usize] = node;
            return id;
        }
        if self.nodes.len() == self.nodes.capacity() {
            let mut larger = Vec::with_capacity((2 * self.nodes.len()).max(64));
            larger.extend_from_slice(&self.nodes);
            for node in &mut self.nodes {
                node.body.zeroize();
            }
            self.nodes = larger;
        }
        // The bounds of a session stop it long before 2^32 nodes.
        let id = u32::try_from(self.nodes.len()).expect("fewer than 2^32 nodes at a time");
        node.ring = id;
        self.nodes.push(node);
        id
    }

    /// One more reference.
    pub(crate) fn retain(&mut self, id: u32) {
        self.nodes[id as usize].refs += 1;
    }

    /// One reference less; what nobody can reach any more is dropped.
    ///
    /// # Panics
    /// If there was none.
    pub(crate) fn release(&mut self, id: u32) {
        let node = &mut self.nodes[id as usize];
        assert!(node.refs > 0, "a reference is released once");
        node.refs -= 1;
        if node.refs == 0 {
            self.drop_unreferenced(id);
        }
    }

    fn drop_unreferenced(&mut self, id: u32) {
        self.stack.push(id);
        while let Some(id) = self.stack.pop() {
            match self.nodes[id as usize].state {
                State::Pending => {
                    self.unlink(id);
                    self.nodes[id as usize].state = State::Dead;
                    self.release_operands(id);
                }
                State::Scalar | State::Vector => self.free_value(id),
                // Another representation of the same value has just been dropped, and this one with it.
                State::Free => {}
                State::Dead => unreachable!("a reference is released once"),
            }
        }
    }

    /// Lets go of the operands of a queued node, and of its tables.
    fn release_operands(&mut self, id: u32) {
        let node = &self.nodes[id as usize];
        let (code, body, flags) = (node.key.code, node.body, node.flags);
        for operand in &body[..code.operands()] {
            self.let_go((operand >> 32) as u32);
        }
        if flags & PUBLIC_VECTOR != 0 {
            self.publics.remove(body[1] as u32);
        }
        if code == Code::Concat {
            for piece in self.pieces.remove(body[0] as u32) {
                self.let_go(piece.node);
            }
        }
    }

    fn let_go(&mut self, id: u32) {
        let node = &mut self.nodes[id as usize];
        node.refs -= 1;
        if node.refs == 0 {
            self.stack.push(id);
        }
    }

    /// Frees an executed node and its executed representations unless one of the ring is in use.
    fn free_value(&mut self, id: u32) {
        let mut other = self.nodes[id as usize].ring;
        while other != id {
            if self.nodes[other as usize].refs > 0 {
                return;
            }
            other = self.nodes[other as usize].ring;
        }
        let mut next = id;
        loop {
            let node = &mut self.nodes[next as usize];
            let following = node.ring;
            if node.state == State::Vector {
                let index = node.body[0] as u32;
                self.vectors.remove(index);
            }
            let node = &mut self.nodes[next as usize];
            node.body = [0; 4];
            node.state = State::Free;
            self.free.push(next);
            if following == id {
                return;
            }
            next = following;
        }
    }

    /// Makes `twin` another representation of the value of `id`.
    pub(crate) fn link(&mut self, id: u32, twin: u32) {
        let (next, own) = (self.nodes[id as usize].ring, self.nodes[twin as usize].ring);
        self.nodes[id as usize].ring = own;
        self.nodes[twin as usize].ring = next;
    }

    fn unlink(&mut self, id: u32) {
        let next = self.nodes[id as usize].ring;
        let mut before = id;
        while self.nodes[before as usize].ring != id {
            before = self.nodes[before as usize].ring;
        }
        self.nodes[before as usize].ring = next;
        self.nodes[id as usize].ring = id;
    }

    /// A representation of the value of `id` that satisfies the test; the node itself is asked first.
    pub(crate) fn representation(&self, id: u32, suits: impl Fn(&Node) -> bool) -> Option<u32> {
        let mut at = id;
        loop {
            let node = &self.nodes[at as usize];
            if suits(node) {
                return Some(at);
            }
            at = node.ring;
            if at == id {
                return None;
            }
        }
    }

    /// The value of a scalar node has been computed.
    pub(crate) fn settle_scalar(&mut self, id: u32, body: [u64; 4]) {
        self.finish(id);
        let node = &mut self.nodes[id as usize];
        node.body = body;
        node.state = State::Scalar;
    }

    /// The value of a node has been computed.
    pub(crate) fn settle_vector(&mut self, id: u32, vector: Vector) {
        self.finish(id);
        let index = self.vectors.insert(vector);
        let node = &mut self.nodes[id as usize];
        node.body = [u64::from(index), 0, 0, 0];
        node.state = State::Vector;
    }

    /// A step without value has been executed: its node is free again.
    pub(crate) fn settle_nothing(&mut self, id: u32) {
        self.settle_scalar(id, [0; 4]);
        self.release(id);
    }

    fn finish(&mut self, id: u32) {
        let node = &self.nodes[id as usize];
        if node.state == State::Pending {
            let (code, body, flags) = (node.key.code, node.body, node.flags);
            // Mostly somebody else holds the operands, too, and there is nothing to free.
            if code.operands() == 2 && flags & PUBLIC_VECTOR == 0 {
                let (x, y) = ((body[0] >> 32) as usize, (body[1] >> 32) as usize);
                if x != y && self.nodes[x].refs > 1 && self.nodes[y].refs > 1 {
                    self.nodes[x].refs -= 1;
                    self.nodes[y].refs -= 1;
                    return self.settle(id);
                }
            }
            self.release_operands(id);
            while let Some(operand) = self.stack.pop() {
                if self.nodes[operand as usize].is_done() {
                    self.free_value(operand);
                }
            }
        }
        self.settle(id);
    }

    fn settle(&mut self, id: u32) {
        let node = &mut self.nodes[id as usize];
        node.ready = 0;
        node.level = 0;
        node.flags &= LOOSE | SIGNED;
    }
}
