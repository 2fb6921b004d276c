//! The functions of the protocol modules: names, parameters, receivers and what of a backend they need (LANGUAGE §17).

use crate::analysis::prelude::{On, Rule, Sig};

/// The module of shares.
pub(crate) const SHARE: &str = "Share";

/// What of a backend a function needs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Need {
    /// A prime field.
    Field,
    /// A field that is a curve's scalar field.
    Curve,
    /// Verifiable shares.
    Verifiable,
    /// Reliable broadcast.
    Broadcast,
    /// Persistent storage.
    Storage,
}

impl Need {
    /// In words.
    pub(super) const fn text(self) -> &'static str {
        match self {
            Self::Field => "a prime field",
            Self::Curve => "a field that is a curve's scalar field",
            Self::Verifiable => "verifiable shares",
            Self::Broadcast => "reliable broadcast",
            Self::Storage => "persistent storage",
        }
    }

    /// Whether a backend has it. Broadcast and storage are the session's own.
    pub(super) const fn is_had(self) -> bool {
        matches!(self, Self::Broadcast | Self::Storage)
    }
}

/// One function.
#[derive(Debug)]
pub(super) struct Entry {
    /// Its module.
    pub(super) module: &'static str,
    /// Name and parameters.
    pub(super) sig: Sig,
    /// May be called by dot on a share or secret.
    pub(super) receiver: bool,
    /// What it needs.
    pub(super) need: Option<Need>,
}

macro_rules! need {
    () => {
        None
    };
    ($need:ident) => {
        Some(Need::$need)
    };
}

macro_rules! modules {
    ($($module:literal $name:literal ($($param:literal),*) $receiver:literal $($need:ident)?;)*) => {
        const TABLE: &[Entry] = &[$(Entry {
            module: $module,
            sig: Sig {
                name: $name,
                params: &[$($param),*],
                required: <[&str]>::len(&[$($param),*]),
                variadic: false,
                on: On::Nothing,
                rule: Rule::Module,
            },
            receiver: $receiver,
            need: need!($($need)?),
        },)*];
    };
}

modules! {
    "Share" "from_clear" ("v") false;
    "Share" "from_clear_int" ("v", "bits") false;
    "Share" "from_clear_uint" ("v", "bits") false;
    "Share" "from_clear_fixed" ("v", "total", "frac") false;
    "Share" "add" ("a", "b") true;
    "Share" "sub" ("a", "b") true;
    "Share" "mul" ("a", "b") true;
    "Share" "neg" ("a") true;
    "Share" "add_scalar" ("a", "k") true;
    "Share" "mul_scalar" ("a", "k") true;
    "Share" "batch_mul" ("xs", "ys") false;
    "Share" "open" ("a") true;
    "Share" "reveal" ("a") true;
    "Share" "open_fixed" ("a") true;
    "Share" "batch_open" ("xs") false;
    "Share" "batch_open_fixed" ("xs") false;
    "Share" "send_to_client" ("a", "slot") true;
    "Share" "random" () false;
    "Share" "random_int" ("bits") false;
    "Share" "random_field" () false Field;
    "Share" "mul_field" ("a", "f") true Field;
    "Share" "add_field" ("a", "f") true Field;
    "Share" "open_field" ("a") true Field;
    "Share" "open_exp" ("a", "curve") true Curve;
    "Share" "open_exp_custom" ("a", "generator") true Curve;
    "Share" "get_commitment" ("a", "i") true Verifiable;
    "Share" "commitment_count" ("a") true;
    "Share" "has_commitments" ("a") true;
    "Share" "get_type" ("a") true;
    "Share" "get_party_id" ("a") true;
    "Share" "retag" ("a", "bits") true;
    "Share" "interpolate_local" ("xs") false Field;
    "ClientStore" "take_share" ("slot", "i") false;
    "ClientStore" "take_share_bool" ("slot", "i") false;
    "ClientStore" "take_share_fixed" ("slot", "i") false;
    "ClientStore" "get_number_clients" () false;
    "ClientStore" "get_number_input_clients" () false;
    "ClientStore" "get_number_output_clients" () false;
    "MpcOutput" "send_to_client" ("slot", "v") false;
    "Mpc" "party_id" () false;
    "Mpc" "n_parties" () false;
    "Mpc" "threshold" () false;
    "Mpc" "is_ready" () false;
    "Mpc" "instance_id" () false;
    "Mpc" "protocol_name" () false;
    "Mpc" "curve" () false;
    "Mpc" "field" () false;
    "Mpc" "capabilities" () false;
    "Mpc" "has_capability" ("name") false;
    "Mpc" "rand" () false;
    "Mpc" "rand_int" ("bits") false;
    "Field" "from_int" ("n") false Field;
    "Field" "zero" () false Field;
    "Field" "one" () false Field;
    "Field" "add" ("a", "b") false Field;
    "Field" "sub" ("a", "b") false Field;
    "Field" "mul" ("a", "b") false Field;
    "Field" "neg" ("a") false Field;
    "Field" "inverse" ("a") false Field;
    "Field" "sqrt" ("a") false Field;
    "Field" "is_zero" ("a") false Field;
    "Field" "eq" ("a", "b") false Field;
    "Crypto" "sha256" ("b") false;
    "Crypto" "sha512" ("b") false;
    "Crypto" "hash_to_field" ("b", "curve") false;
    "Crypto" "field_inv" ("b", "curve") false;
    "Crypto" "hash_to_g1" ("b") false;
    "Crypto" "point_x_to_field" ("b", "curve") false;
    "Crypto" "field_to_scalar_bytes" ("b", "curve") false;
    "Crypto" "point_to_sec1" ("b", "curve") false;
    "Bytes" "concat" ("a", "b") false;
    "Bytes" "from_string" ("s") false;
    "Rbc" "broadcast" ("m") false Broadcast;
    "Rbc" "receive" ("party", "timeout_ms") false Broadcast;
    "Rbc" "receive_any" ("timeout_ms") false Broadcast;
    "Avss" "get_commitment" ("s", "i") false Verifiable;
    "Avss" "get_key_name" ("s") false Verifiable;
    "Avss" "commitment_count" ("s") false Verifiable;
    "Avss" "is_avss_share" ("v") false Verifiable;
    "LocalStorage" "store" ("key", "v") false Storage;
    "LocalStorage" "delete" ("key") false Storage;
    "LocalStorage" "exists" ("key") false Storage;
    "LocalStorage" "load" ("key") false Storage;
    "LocalStorage" "retrieve" ("key") false Storage;
    "LocalStorage" "load_share" ("key") false Storage;
}

/// The function of this name.
pub(super) fn find(module: &str, name: &str) -> Option<&'static Entry> {
    TABLE.iter().find(|entry| entry.module == module && entry.sig.name == name)
}

/// Names of a module's functions.
pub(super) fn names(module: &str) -> impl Iterator<Item = &'static str> {
    TABLE.iter().filter(move |entry| entry.module == module).map(|entry| entry.sig.name)
}
