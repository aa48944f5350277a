//! A target as bytes: with a measurement that brought one, and as a setting of a project.

use plimsoll_model::{Bound, Limit, Target, Unit};
use serde::Deserialize as _;
use serde::de::IntoDeserializer as _;
use serde::de::value::{Error, StrDeserializer};

use crate::StoreError;
use crate::bytes::{Reader, Writer};

/// Appends a target.
pub(crate) fn write_target(target: &Target, out: &mut Writer) {
    out.optional_text(target.id.as_deref());
    out.optional_text(target.suite.as_deref());
    out.text(&target.benchmark);
    out.text(&target.metric);
    out.byte(u8::from(matches!(target.bound, Bound::Min(_))));
    out.float(target.bound.limit());
    out.optional_text(target.unit.as_ref().map(Unit::symbol));
    out.optional_text(target.per.as_deref());
    write_limit(target.warn, out);
    write_limit(target.error, out);
}

/// Reads a target back.
pub(crate) fn read_target(reader: &mut Reader<'_>) -> Result<Target, StoreError> {
    Ok(Target {
        id: reader.optional_text()?.map(str::to_owned),
        suite: reader.optional_text()?.map(str::to_owned),
        benchmark: reader.text()?.to_owned(),
        metric: reader.text()?.to_owned(),
        bound: match reader.byte()? {
            0 => Bound::Max(reader.float()?),
            _ => Bound::Min(reader.float()?),
        },
        unit: reader.optional_text()?.map(unit_of).transpose()?,
        per: reader.optional_text()?.map(str::to_owned),
        warn: read_limit(reader)?,
        error: read_limit(reader)?,
    })
}

/// A unit by its stored symbol, as it is: normalising it again could change it.
pub(crate) fn unit_of(symbol: &str) -> Result<Unit, StoreError> {
    let symbol: StrDeserializer<'_, Error> = symbol.into_deserializer();
    Unit::deserialize(symbol).map_err(|_| StoreError::damaged("a unit cannot be read"))
}

fn write_limit(limit: Limit, out: &mut Writer) {
    out.byte(u8::from(limit.fraction().is_some()));
    if let Some(fraction) = limit.fraction() {
        out.float(fraction);
    }
}

fn read_limit(reader: &mut Reader<'_>) -> Result<Limit, StoreError> {
    Ok(match reader.byte()? {
        0 => Limit::Never,
        _ => Limit::Relative(reader.float()?),
    })
}
