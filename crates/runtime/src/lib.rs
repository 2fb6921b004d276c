//! One party or client of one session: drives a program over links.
