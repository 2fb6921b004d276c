//! Dropping or duplicating any one mask, at all parties alike, is seen by the enumeration.

use crate::exhaustive::{addresses, distinguisher};
use crate::steps::{Mutate, all_steps};
use crate::tape::Mutation;

#[test]
fn every_dropped_mask_is_found() {
    for step in all_steps().iter().filter(|step| step.mutate >= Mutate::Drops) {
        for (key, addr) in addresses(step) {
            let mutation = Mutation::Drop(key, addr);
            assert!(distinguisher(step, Some(mutation)).is_some(), "{}: {mutation:?} goes unnoticed", step.name);
        }
    }
}

#[test]
fn every_duplicated_mask_is_found() {
    for step in all_steps().iter().filter(|step| step.mutate == Mutate::All) {
        let all = addresses(step);
        for &(key, from) in &all {
            for &(_, to) in all.iter().filter(|(other, to)| *other == key && *to != from) {
                let mutation = Mutation::Duplicate(key, from, to);
                assert!(distinguisher(step, Some(mutation)).is_some(), "{}: {mutation:?} goes unnoticed", step.name);
            }
        }
    }
}
