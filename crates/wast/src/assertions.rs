//! Assertions: what it means for each to hold.

use crate::expect::mismatch;
use crate::messages::{is_exception, is_link_error, is_trap, one_line};
use crate::outcome::{Check, Verdict, fail, rejected, unexpected, unsupported};
use crate::session::Session;
use crate::values;
use transom::{Trap, Val};
use wast::core::WastRetCore;
use wast::{QuoteWat, WastExecute, WastRet, Wat};

/// `assert_return`
pub(crate) fn returns(session: &mut Session, action: WastExecute<'_>, expected: &[WastRet<'_>]) -> Check {
    let actual = session.execute(action)?.map_err(unexpected)?;
    if actual.len() != expected.len() {
        let actual = values::display_all(&session.store, &actual);
        let what = format!("expected {} values, got {actual}", expected.len());
        return Err(fail("wrong result", what));
    }
    for (actual, expected) in actual.iter().zip(expected) {
        let WastRet::Core(expected) = expected else {
            return Err(unsupported("results of components"));
        };
        if matches!(expected, WastRetCore::RefI31Shared) {
            return Err(unsupported("shared references"));
        }
        if let Some(what) = mismatch(&mut session.store, actual, expected) {
            return Err(fail("wrong result", what));
        }
    }
    Ok(())
}

/// `assert_trap` and `assert_exhaustion`
pub(crate) fn traps(session: &mut Session, action: WastExecute<'_>, expected: &str) -> Check {
    match session.execute(action)? {
        Err(error) if is_trap(&error, expected) => Ok(()),
        Err(error) => {
            let what = format!("expected `{expected}`, got `{}`", one_line(&error));
            Err(fail("wrong trap", what))
        }
        Ok(values) => Err(no_trap(session, expected, &values)),
    }
}

/// `assert_exception`
pub(crate) fn throws(session: &mut Session, action: WastExecute<'_>) -> Check {
    match session.execute(action)? {
        Err(error) if is_exception(&error) => Ok(()),
        Err(error) => Err(unexpected(error)),
        Ok(values) => Err(no_trap(session, "an exception", &values)),
    }
}

fn no_trap(session: &Session, expected: &str, values: &[Val]) -> Verdict {
    let values = values::display_all(&session.store, values);
    fail("no trap", format!("expected `{expected}`, got {values}"))
}

/// `assert_unlinkable`
pub(crate) fn cannot_link(session: &mut Session, module: Wat<'_>, expected: &str) -> Check {
    let module = session.compile(&mut QuoteWat::Wat(module)).map_err(rejected)?;
    match session.link(&module) {
        Ok(_) => {
            let what = format!("expected `{expected}`");
            Err(fail("accepted an unlinkable module", what))
        }
        Err(error) if error.downcast_ref::<Trap>().is_none() && is_link_error(&error, expected) => Ok(()),
        Err(error) => {
            let what = format!("expected `{expected}`, got `{}`", one_line(&error));
            Err(fail("wrong link error", what))
        }
    }
}

/// `assert_invalid` and its kin; `kind` says which.
pub(crate) fn is_refused(session: &Session, mut module: QuoteWat<'_>, kind: &str, expected: &str) -> Check {
    match session.compile(&mut module) {
        Err(_) => Ok(()),
        Ok(_) => Err(fail(
            &format!("accepted {kind} module"),
            format!("expected `{expected}`"),
        )),
    }
}
