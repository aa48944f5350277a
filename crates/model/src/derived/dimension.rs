//! Amounts with units that can be added, multiplied and divided.

use std::collections::BTreeMap;

use super::NotComputable;
use crate::Unit;

/// Which base units an amount is made of. Time is counted in nanoseconds; every noun (`bytes`, `items`,
/// `USD`) is a base of its own. Counts are kept apart from shares only where nothing else tells two amounts
/// apart: `12 allocations + 30 %` means nothing, `allocations / s` and `1/s` are the same.
#[derive(Debug, Clone, PartialEq, Default)]
struct Dimension {
    /// Exponents by base unit; none of them is zero.
    bases: BTreeMap<String, i32>,
    /// The exponent of the count.
    count: i32,
}

/// The base unit of time.
const TIME: &str = "ns";
/// Nanoseconds in a second and in an hour: the two units that rates are given in.
const SECOND_NS: f64 = 1e9;
const HOUR_NS: f64 = 3_600e9;

/// A number with its dimension and the unit it is written in.
#[derive(Debug, Clone)]
pub(super) struct Amount {
    number: f64,
    /// What the number is divided by to be in base units: whole numbers, so that rates stay exact.
    divisor: f64,
    dimension: Dimension,
    /// The unit it is written in, as long as it is one that somebody gave.
    unit: Option<Unit>,
    /// It is made of numbers in the expression alone, and so may be added to a count as to a share.
    plain: bool,
}

impl Amount {
    /// A number of the expression.
    pub(super) fn plain(number: f64) -> Self {
        Self { number, divisor: 1.0, dimension: Dimension::default(), unit: None, plain: true }
    }

    /// A measured value in its unit.
    pub(super) fn new(number: f64, unit: &Unit) -> Self {
        let (dimension, divisor) = dimension_of(unit);
        Self { number, divisor, dimension, unit: Some(unit.clone()), plain: false }
    }

    /// The value in `unit`, or `None` where that is another dimension.
    pub(super) fn in_unit(&self, unit: &Unit) -> Option<f64> {
        let (dimension, divisor) = dimension_of(unit);
        let fits = self.plain && dimension.bases.is_empty() || self.dimension.adds_to(&dimension);
        fits.then(|| self.divided_as(divisor))
    }

    /// The unit that the operands give the result.
    pub(super) fn natural_unit(&self) -> Unit {
        match &self.unit {
            Some(unit) => unit.clone(),
            None => Unit::normalise(&self.dimension.symbol()).0,
        }
    }

    pub(super) fn negated(self) -> Self {
        Self { number: -self.number, ..self }
    }

    pub(super) fn plus(self, other: Self) -> Result<Self, NotComputable> {
        let bare = |amount: &Self| amount.plain || amount.dimension.bases.is_empty();
        let fits = if self.plain || other.plain {
            bare(&self) && bare(&other)
        } else {
            self.dimension.adds_to(&other.dimension)
        };
        if !fits {
            let symbol = |amount: &Self| amount.natural_unit().symbol().to_owned();
            return Err(NotComputable::Dimensions(symbol(&self), symbol(&other)));
        }
        let (kept, added) = if self.plain { (other, self) } else { (self, other) };
        Ok(Self {
            number: kept.number + added.divided_as(kept.divisor),
            plain: kept.plain && added.plain,
            ..kept
        })
    }

    pub(super) fn times(self, other: &Self) -> Self {
        let unit = match (self.plain, other.plain) {
            (_, true) => self.unit.clone(),
            (true, false) => other.unit.clone(),
            (false, false) => None,
        };
        Self {
            number: self.number * other.number,
            divisor: self.divisor * other.divisor,
            dimension: self.dimension.times(&other.dimension, 1),
            unit,
            plain: self.plain && other.plain,
        }
    }

    pub(super) fn divided_by(self, other: &Self) -> Result<Self, NotComputable> {
        if other.number == 0.0 {
            return Err(NotComputable::DivisionByZero);
        }
        Ok(Self {
            number: self.number / other.number,
            divisor: self.divisor / other.divisor,
            dimension: self.dimension.times(&other.dimension, -1),
            unit: self.unit.filter(|_| other.plain),
            plain: self.plain && other.plain,
        })
    }

    /// The number in a unit of the same dimension with another divisor. Equal ones change no digit.
    fn divided_as(&self, divisor: f64) -> f64 {
        if divisor >= self.divisor {
            self.number * (divisor / self.divisor)
        } else {
            self.number / (self.divisor / divisor)
        }
    }
}

impl Dimension {
    fn adds_to(&self, other: &Self) -> bool {
        self.bases == other.bases && (!self.bases.is_empty() || self.count == other.count)
    }

    fn times(&self, other: &Self, sign: i32) -> Self {
        let mut product = self.clone();
        product.count += sign * other.count;
        for (base, exponent) in &other.bases {
            product.add(base, sign * exponent);
        }
        product
    }

    fn add(&mut self, base: &str, exponent: i32) {
        let total = self.bases.entry(base.to_owned()).or_insert(0);
        *total += exponent;
        if *total == 0 {
            self.bases.remove(base);
        }
    }

    /// The unit's symbol: `bytes/s`, `ns*ns`, `1/s`, `ratio`. Time is in nanoseconds above the line and in
    /// seconds below it.
    fn symbol(&self) -> String {
        if self.bases.is_empty() {
            return if self.count > 0 { "count" } else { "ratio" }.to_owned();
        }
        let mut above = Vec::new();
        let mut below = String::new();
        for (base, exponent) in &self.bases {
            for _ in 0..exponent.unsigned_abs() {
                if *exponent > 0 {
                    above.push(base.as_str());
                } else {
                    below.push('/');
                    below.push_str(if base == TIME { "s" } else { base });
                }
            }
        }
        let above = if above.is_empty() { "1".to_owned() } else { above.join("*") };
        above + &below
    }
}

/// What a unit is made of, and what its values are divided by to be in base units.
fn dimension_of(unit: &Unit) -> (Dimension, f64) {
    let mut dimension = Dimension::default();
    let mut divisor = 1.0;
    let mut parts = unit.symbol().split('/');
    for factor in parts.next().unwrap_or_default().split('*') {
        match factor {
            "count" => dimension.count += 1,
            "1" | "ratio" | "" => {}
            noun => dimension.add(noun, 1),
        }
    }
    for below in parts {
        let (base, factor) = match below {
            "s" => (TIME, SECOND_NS),
            "hour" => (TIME, HOUR_NS),
            noun => (noun, 1.0),
        };
        dimension.add(base, -1);
        divisor *= factor;
    }
    (dimension, divisor)
}
