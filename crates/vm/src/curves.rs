//! Public bytes and the name of a curve in; elements of its scalar field, points and their encodings out (LANGUAGE §17.2).
//!
//! Elements of a field are 32 bytes, little-endian, below the order. A point is its x, little-endian in 32 bytes, then a byte that is 0
//! or, for the greater y, 128, and 64 for the point at infinity; a point in the long form of SEC 1 (65 bytes) is taken, too.
//! Everything here is public, so nothing takes constant time.
//! Not here: shares on curves, which are an engine's.
//! Sources: RFC 9380 (hashing), SEC 1 §2.3 (points), SEC 2, FIPS 186-4, draft-irtf-cfrg-pairing-friendly-curves (parameters).

use num_bigint::BigUint;
use sha2::{Digest, Sha256};

/// Bytes of a field element.
const ELEMENT: usize = 32;
/// Bytes that are reduced to one element: 128 bits more than it has, so that its distribution is even.
const WIDE: usize = 48;
/// What separates hashes of programs from all others.
const FIELD_TAG: &str = "stoffel-v2-hash-to-field-";
const G1_TAG: &[u8] = b"stoffel-v2-hash-to-g1-BLS12381G1_XMD:SHA-256_SSWU_RO_";

/// A curve by its order, and if its points are known here, by its equation y² = x³ + ax + b modulo p ≡ 3 mod 4.
struct Curve {
    name: &'static str,
    order: &'static str,
    equation: Option<[&'static str; 3]>,
}

const CURVES: &[Curve] = &[
    Curve {
        name: "bls12-381",
        order: "73eda753299d7d483339d80809a1d80553bda402fffe5bfeffffffff00000001",
        equation: None,
    },
    Curve { name: "bn254", order: "30644e72e131a029b85045b68181585d2833e84879b9709143e1f593f0000001", equation: None },
    Curve {
        name: "curve25519",
        order: "1000000000000000000000000000000014def9dea2f79cd65812631a5cf5d3ed",
        equation: None,
    },
    Curve {
        name: "ed25519",
        order: "1000000000000000000000000000000014def9dea2f79cd65812631a5cf5d3ed",
        equation: None,
    },
    Curve {
        name: "secp256k1",
        order: "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141",
        equation: Some(["fffffffffffffffffffffffffffffffffffffffffffffffffffffffefffffc2f", "0", "7"]),
    },
    Curve {
        name: "p-256",
        order: "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551",
        equation: Some([
            "ffffffff00000001000000000000000000000000ffffffffffffffffffffffff",
            "ffffffff00000001000000000000000000000000fffffffffffffffffffffffc",
            "5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604b",
        ]),
    },
];

impl Curve {
    fn named(name: &str) -> Option<&'static Self> {
        CURVES.iter().find(|curve| curve.name == name)
    }

    fn order(&self) -> Option<BigUint> {
        number(self.order)
    }
}

fn number(hex: &str) -> Option<BigUint> {
    BigUint::parse_bytes(hex.as_bytes(), 16)
}

/// A number below 2^256 as the bytes of an element.
fn element(value: &BigUint) -> Vec<u8> {
    let mut bytes = value.to_bytes_le();
    bytes.resize(ELEMENT, 0);
    bytes
}

/// The number that an element of a field of this order is; `None` if it is none.
fn read(bytes: &[u8], order: &BigUint) -> Option<BigUint> {
    let value = BigUint::from_bytes_le(bytes);
    (bytes.len() == ELEMENT && value < *order).then_some(value)
}

/// A message as an element of a curve's scalar field.
///
/// `None` for an unknown curve. Source: RFC 9380 §5.2, with SHA-256 and one element.
pub(crate) fn hash_to_field(message: &[u8], curve: &str) -> Option<Vec<u8>> {
    let order = Curve::named(curve)?.order()?;
    let wide = expand(message, format!("{FIELD_TAG}{curve}").as_bytes(), WIDE);
    Some(element(&(BigUint::from_bytes_be(&wide) % order)))
}

/// The inverse in a curve's scalar field; `None` for 0, for what is no element, and for an unknown curve.
pub(crate) fn field_inv(bytes: &[u8], curve: &str) -> Option<Vec<u8>> {
    let order = Curve::named(curve)?.order()?;
    let value = read(bytes, &order)?;
    // Of a number without inverse, 0, there is none.
    value.modinv(&order).map(|inverse| element(&inverse))
}

/// An element of a curve's scalar field as SEC 1 writes numbers: 32 bytes, big-endian. For curves whose points are known here.
pub(crate) fn field_to_scalar_bytes(bytes: &[u8], curve: &str) -> Option<Vec<u8>> {
    let curve = Curve::named(curve).filter(|curve| curve.equation.is_some())?;
    read(bytes, &curve.order()?)?;
    Some(bytes.iter().rev().copied().collect())
}

/// The x of a point as an element of the scalar field: what ECDSA calls r. `None` for the point at infinity and for what is no point.
pub(crate) fn point_x_to_field(bytes: &[u8], curve: &str) -> Option<Vec<u8>> {
    let curve = Curve::named(curve)?;
    let (x, _) = point(bytes, curve)??;
    Some(element(&(x % curve.order()?)))
}

/// A point in the short form of SEC 1; `None` for what is no point.
pub(crate) fn point_to_sec1(bytes: &[u8], curve: &str) -> Option<Vec<u8>> {
    let Some((x, y)) = point(bytes, Curve::named(curve)?)? else { return Some(vec![0]) };
    let mut out = vec![2 + u8::from(y.bit(0))];
    out.extend(element(&x).iter().rev());
    Some(out)
}

/// Coordinates of a point, or that it is the one at infinity; `None` for what is no point of the curve.
#[expect(clippy::option_option, reason = "no point, the point without coordinates, a point")]
fn point(bytes: &[u8], curve: &Curve) -> Option<Option<(BigUint, BigUint)>> {
    let [p, a, b] = curve.equation?.map(number);
    let (p, a, b) = (p?, a?, b?);
    let (x, sign) = match bytes {
        [4, rest @ ..] if bytes.len() == 1 + 2 * ELEMENT => (BigUint::from_bytes_be(&rest[..ELEMENT]), None),
        [x @ .., flag] if bytes.len() == ELEMENT + 1 => match flag {
            64 if x == [0; ELEMENT] => return Some(None),
            0 | 128 => (BigUint::from_bytes_le(x), Some(*flag == 128)),
            _ => return None,
        },
        _ => return None,
    };
    if x >= p {
        return None;
    }
    let square = (x.modpow(&BigUint::from(3u8), &p) + a * &x + b) % &p;
    let one = BigUint::from(1u8);
    let root = square.modpow(&((&p + &one) >> 2u8), &p);
    if (&root * &root) % &p != square {
        return None;
    }
    let other = (&p - &root) % &p;
    let (least, greatest) = if root < other { (root, other) } else { (other, root) };
    let y = match sign {
        Some(true) => greatest,
        Some(false) => least,
        None => {
            let given = BigUint::from_bytes_be(&bytes[1 + ELEMENT..]);
            if given != least && given != greatest {
                return None;
            }
            given
        }
    };
    Some(Some((x, y)))
}

/// A message as a point of BLS12-381's G1 in its short form, 48 bytes. Source: RFC 9380 §8.8.1.
pub(crate) fn hash_to_g1(message: &[u8]) -> Vec<u8> {
    g1(message, G1_TAG).to_vec()
}

fn g1(message: &[u8], tag: &[u8]) -> [u8; 48] {
    use bls12_381::hash_to_curve::{ExpandMsgXmd, HashToCurve};
    use bls12_381::{G1Affine, G1Projective};
    let point = <G1Projective as HashToCurve<ExpandMsgXmd<sha2_09::Sha256>>>::hash_to_curve(message, tag);
    G1Affine::from(point).to_compressed()
}

/// `expand_message_xmd` of RFC 9380 §5.3.1 with SHA-256, for tags of at most 255 and lengths of at most 255·32 bytes.
fn expand(message: &[u8], tag: &[u8], len: usize) -> Vec<u8> {
    let tag_len = [tag.len() as u8];
    let len_bytes = (len as u16).to_be_bytes();
    let first = Sha256::new().chain_update([0; 64]).chain_update(message).chain_update(len_bytes);
    let first = first.chain_update([0]).chain_update(tag).chain_update(tag_len).finalize();
    let mut out = Vec::with_capacity(len);
    let mut block = [0; 32];
    for index in 1..=len.div_ceil(32) {
        let mixed: [u8; 32] = std::array::from_fn(|at| first[at] ^ block[at]);
        let next = Sha256::new().chain_update(mixed).chain_update([index as u8]).chain_update(tag);
        block = next.chain_update(tag_len).finalize().into();
        out.extend_from_slice(&block);
    }
    out.truncate(len);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    #[test]
    fn messages_expand_as_the_standard_says() {
        let tag = b"QUUX-V01-CS02-with-expander-SHA256-128";
        assert_eq!(hex(&expand(b"", tag, 32)), "68a985b87eb6b46952128911f2a4412bbc302a9d759667f87f7a21d803f07235");
        assert_eq!(hex(&expand(b"abc", tag, 32)), "d8ccab23b5985ccea865c6c97b6e5b8350e794e603b4b97902f53a8a0d605615");
    }

    #[test]
    fn points_of_g1_are_those_of_the_standard() {
        let tag = b"QUUX-V01-CS02-with-BLS12381G1_XMD:SHA-256_SSWU_RO_";
        // RFC 9380 J.9.1: x of the point for the empty message, with the marks of the short form.
        let x = "052926add2207b76ca4fa57a8734416c8dc95e24501772c814278700eed6d1e4e8cf62d9c09db0fac349612b759e79a1";
        let point = hex(&g1(b"", tag));
        assert_eq!(&point[1..], &x[1..]);
        assert_eq!(hash_to_g1(b"").len(), 48);
    }

    #[test]
    fn inverses_are_inverses_and_encodings_are_checked() {
        for curve in CURVES {
            let order = curve.order().expect("parameters are numbers");
            let x = hash_to_field(b"x", curve.name).expect("a known curve");
            let y = field_inv(&x, curve.name).expect("not 0");
            let product = BigUint::from_bytes_le(&x) * BigUint::from_bytes_le(&y) % &order;
            assert_eq!(product, BigUint::from(1u8), "{}", curve.name);
            assert_eq!(field_inv(&element(&order), curve.name), None);
            assert_eq!(field_inv(&[0; 32], curve.name), None);
            assert_eq!(field_inv(&x[1..], curve.name), None);
        }
        assert_eq!(hash_to_field(b"x", "p-521"), None);
    }

    #[test]
    fn generators_have_their_standard_form() {
        let generators = [
            ("secp256k1", "0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798", 0),
            ("p-256", "036b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296", 0),
        ];
        for (curve, short, flag) in generators {
            let x: Vec<u8> =
                (1..33).map(|at| u8::from_str_radix(&short[2 * at..2 * at + 2], 16).expect("hex")).collect();
            let mut forms = Vec::new();
            for flag in [flag, 128] {
                let mut own: Vec<u8> = x.iter().rev().copied().collect();
                own.push(flag);
                assert_eq!(point_x_to_field(&own, curve), Some(own[..32].to_vec()));
                forms.push(hex(&point_to_sec1(&own, curve).expect("a point")));
            }
            assert!(forms.contains(&short.to_owned()) && forms[0] != forms[1], "{forms:?}");
            let mut infinity = vec![0; 33];
            infinity[32] = 64;
            assert_eq!(point_to_sec1(&infinity, curve), Some(vec![0]));
            assert_eq!(point_x_to_field(&infinity, curve), None);
            assert_eq!(point_to_sec1(&[255; 33], curve), None);
        }
        assert_eq!(point_to_sec1(&[0; 33], "ed25519"), None);
        let scalar = hash_to_field(b"s", "p-256").expect("a known curve");
        let reversed: Vec<u8> = scalar.iter().rev().copied().collect();
        assert_eq!(field_to_scalar_bytes(&scalar, "p-256"), Some(reversed));
        assert_eq!(field_to_scalar_bytes(&scalar, "bn254"), None);
    }
}
