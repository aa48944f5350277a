//! Columns of numbers in few bits.
//!
//! A column is stored as the distance of each number from the least one, in as many bits as the greatest
//! distance needs. Two views of a float are tried, and the shorter result is kept: as the integer that it is
//! after a power of ten (`12.345` is 12345 with three decimals), which suits what people and harnesses round,
//! and as its bit pattern in numerical order, which suits noise around a level: sign, exponent and the first
//! bits of the fraction are then the same all over the column and cost nothing. Neither view loses a bit.

use crate::StoreError;
use crate::bytes::{Reader, Writer};

const ORDERED_BITS: u8 = 0x40;
const MOST_DECIMALS: usize = 12;
const POWERS_OF_TEN: [f64; MOST_DECIMALS + 1] =
    [1.0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12];
/// Integers up to here are floats without loss.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// Appends the column; its length is the caller's to remember.
pub(crate) fn pack_floats(values: &[f64], out: &mut Writer) {
    if values.is_empty() {
        return;
    }
    let ordered: Vec<u64> = values.iter().map(|value| in_order(value.to_bits())).collect();
    let by_bits = Frame::of(&ordered);
    if let Some((decimals, integers)) = as_decimals(values) {
        let by_decimals = Frame::of(&integers);
        if by_decimals.bits(values.len()) < by_bits.bits(values.len()) {
            out.byte(decimals);
            out.signed(from_unsigned(by_decimals.least));
            return by_decimals.write(&integers, out);
        }
    }
    out.byte(ORDERED_BITS);
    out.number(by_bits.least.swap_bytes());
    by_bits.write(&ordered, out);
}

/// Reads a column of `count` floats, one call of `each` for every number.
pub(crate) fn unpack_floats(
    reader: &mut Reader<'_>,
    count: usize,
    mut each: impl FnMut(f64),
) -> Result<(), StoreError> {
    if count == 0 {
        return Ok(());
    }
    let view = reader.byte()?;
    if view == ORDERED_BITS {
        let least = reader.number()?.swap_bytes();
        return Frame::read(reader, least, count, |bits| {
            each(f64::from_bits(out_of_order(bits)));
        });
    }
    let power = POWERS_OF_TEN
        .get(usize::from(view))
        .ok_or_else(|| StoreError::damaged("a column is packed in an unknown way"))?;
    let least = to_unsigned(reader.signed()?);
    Frame::read(reader, least, count, |bits| {
        each(from_unsigned(bits) as f64 / power);
    })
}

/// Appends a column of integers.
pub(crate) fn pack_integers(values: &[i64], out: &mut Writer) {
    if values.is_empty() {
        return;
    }
    let unsigned: Vec<u64> = values.iter().map(|value| to_unsigned(*value)).collect();
    let frame = Frame::of(&unsigned);
    out.signed(from_unsigned(frame.least));
    frame.write(&unsigned, out);
}

/// Reads a column of `count` integers.
pub(crate) fn unpack_integers(reader: &mut Reader<'_>, count: usize) -> Result<Vec<i64>, StoreError> {
    let mut values = Vec::new();
    if count > 0 {
        let least = to_unsigned(reader.signed()?);
        Frame::read(reader, least, count, |bits| values.push(from_unsigned(bits)))?;
    }
    Ok(values)
}

/// What a column of distances needs: the least number, the zero bits that all distances end in, the width.
struct Frame {
    least: u64,
    shift: u32,
    width: u32,
}

impl Frame {
    fn of(values: &[u64]) -> Self {
        let least = values.iter().copied().min().unwrap_or(0);
        let set = values.iter().fold(0, |set, value| set | (value - least));
        let shift = if set == 0 { 0 } else { set.trailing_zeros() };
        Self { least, shift, width: 64 - (set >> shift).leading_zeros() }
    }

    fn bits(&self, count: usize) -> usize {
        self.width as usize * count
    }

    fn write(&self, values: &[u64], out: &mut Writer) {
        out.byte(self.shift as u8);
        out.byte(self.width as u8);
        let mut pending = 0_u128;
        let mut filled = 0;
        for value in values {
            pending |= u128::from((value - self.least) >> self.shift) << filled;
            filled += self.width;
            if filled >= 64 {
                out.bytes.extend_from_slice(&(pending as u64).to_le_bytes());
                pending >>= 64;
                filled -= 64;
            }
        }
        let tail = (filled as usize).div_ceil(8);
        out.bytes.extend_from_slice(&pending.to_le_bytes()[..tail]);
    }

    fn read(
        reader: &mut Reader<'_>,
        least: u64,
        count: usize,
        mut each: impl FnMut(u64),
    ) -> Result<(), StoreError> {
        let shift = u32::from(reader.byte()?);
        let width = u32::from(reader.byte()?);
        if width > 64 || shift > 63 {
            return Err(StoreError::damaged("a column is wider than its numbers"));
        }
        if width == 0 {
            (0..count).for_each(|_| each(least));
            return Ok(());
        }
        let mask = u64::MAX >> (64 - width);
        let packed = reader.take((count * width as usize).div_ceil(8))?;
        let mut words = packed.chunks(8);
        let mut pending = 0_u128;
        let mut filled = 0;
        for _ in 0..count {
            if filled < width {
                let mut word = [0; 8];
                if let Some(bytes) = words.next() {
                    word[..bytes.len()].copy_from_slice(bytes);
                }
                pending |= u128::from(u64::from_le_bytes(word)) << filled;
                filled += 64;
            }
            each(least.wrapping_add((pending as u64 & mask) << shift));
            pending >>= width;
            filled -= width;
        }
        Ok(())
    }
}

/// Every value as an integer number of `10^-decimals`, where that gives back exactly the same floats.
fn as_decimals(values: &[f64]) -> Option<(u8, Vec<u64>)> {
    let mut decimals = 0;
    for value in values {
        while !is_decimal(*value, POWERS_OF_TEN[decimals]) {
            decimals += 1;
            if decimals > MOST_DECIMALS {
                return None;
            }
        }
    }
    let power = POWERS_OF_TEN[decimals];
    if !values.iter().all(|value| is_decimal(*value, power)) {
        return None;
    }
    let integers = values.iter().map(|value| to_unsigned((value * power).round() as i64)).collect();
    Some((decimals as u8, integers))
}

fn is_decimal(value: f64, power: f64) -> bool {
    let scaled = (value * power).round();
    scaled.abs() < EXACT && (scaled as i64 as f64 / power).to_bits() == value.to_bits()
}

/// A float's bits as a number that sorts as the floats do.
fn in_order(bits: u64) -> u64 {
    if bits >> 63 == 0 { bits | 1 << 63 } else { !bits }
}

fn out_of_order(bits: u64) -> u64 {
    if bits >> 63 == 1 { bits & !(1 << 63) } else { !bits }
}

fn to_unsigned(value: i64) -> u64 {
    (value as u64) ^ (1 << 63)
}

fn from_unsigned(bits: u64) -> i64 {
    (bits ^ (1 << 63)) as i64
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn round_trip(values: &[f64]) -> usize {
        let mut writer = Writer::default();
        pack_floats(values, &mut writer);
        let mut reader = Reader::new(&writer.bytes);
        let mut back = Vec::new();
        unpack_floats(&mut reader, values.len(), |value| back.push(value)).unwrap();
        assert!(reader.rest().is_empty());
        let bits = |values: &[f64]| values.iter().map(|value| value.to_bits()).collect::<Vec<_>>();
        assert_eq!(bits(&back), bits(values));
        writer.bytes.len()
    }

    #[test]
    fn what_people_round_takes_few_bits() {
        assert!(round_trip(&[7.0; 100]) < 12);
        assert!(round_trip(&[12.345, 12.349, 12.300, 12.401, 12.35]) < 18);
        assert!(round_trip(&[1e9, 1_000_000_007.0, 999_999_983.0]) < 20);
        assert!(round_trip(&[-0.0, 0.0, f64::MAX, f64::MIN, f64::MIN_POSITIVE, -1.5]) < 64);
    }

    proptest! {
        #[test]
        fn no_float_loses_a_bit(values in prop::collection::vec(any::<u64>().prop_map(f64::from_bits), 0..200)) {
            round_trip(&values);
        }

        #[test]
        fn no_decimal_loses_a_bit(values in prop::collection::vec((-1_000_000..1_000_000_i64, 0..9_i32), 0..200)) {
            let values: Vec<f64> = values.iter().map(|(value, power)| *value as f64 / 10_f64.powi(*power)).collect();
            round_trip(&values);
        }

        #[test]
        fn no_integer_changes(values in prop::collection::vec(any::<i64>(), 0..200)) {
            let mut writer = Writer::default();
            pack_integers(&values, &mut writer);
            let mut reader = Reader::new(&writer.bytes);
            prop_assert_eq!(unpack_integers(&mut reader, values.len()).unwrap(), values);
            prop_assert!(reader.rest().is_empty());
        }

        #[test]
        fn no_bytes_make_it_panic(bytes: Vec<u8>, count in 0..300_usize) {
            let _ = unpack_floats(&mut Reader::new(&bytes), count, |_| {});
        }
    }
}
