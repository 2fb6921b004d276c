//! Several steps in, one step out that runs them in the same rounds.

use std::future::Future;
use std::pin::{Pin, pin};
use std::task::{Context, Poll};

use crate::Abort;

/// Runs two steps side by side; both are polled in every round, the first before the second.
///
/// # Errors
/// The first abort of either.
pub async fn join<A, B>(
    a: impl Future<Output = Result<A, Abort>>,
    b: impl Future<Output = Result<B, Abort>>,
) -> Result<(A, B), Abort> {
    let (mut a, mut b) = (pin!(a), pin!(b));
    let (mut out_a, mut out_b) = (None, None);
    std::future::poll_fn(move |context| {
        advance(a.as_mut(), &mut out_a, context)?;
        advance(b.as_mut(), &mut out_b, context)?;
        match (out_a.take(), out_b.take()) {
            (Some(a), Some(b)) => Poll::Ready(Ok((a, b))),
            (a, b) => {
                (out_a, out_b) = (a, b);
                Poll::Pending
            }
        }
    })
    .await
}

/// Runs any number of steps of one type side by side, polled in order.
///
/// # Errors
/// The first abort of any.
pub async fn join_all<T, F: Future<Output = Result<T, Abort>>>(steps: Vec<F>) -> Result<Vec<T>, Abort> {
    let mut steps: Vec<(Pin<Box<F>>, Option<T>)> = steps.into_iter().map(|step| (Box::pin(step), None)).collect();
    std::future::poll_fn(move |context| {
        for (step, out) in &mut steps {
            advance(step.as_mut(), out, context)?;
        }
        if steps.iter().all(|(_, out)| out.is_some()) {
            Poll::Ready(Ok(steps.iter_mut().filter_map(|(_, out)| out.take()).collect()))
        } else {
            Poll::Pending
        }
    })
    .await
}

fn advance<T>(
    step: Pin<&mut impl Future<Output = Result<T, Abort>>>,
    out: &mut Option<T>,
    context: &mut Context<'_>,
) -> Result<(), Abort> {
    if out.is_none()
        && let Poll::Ready(result) = step.poll(context)
    {
        *out = Some(result?);
    }
    Ok(())
}
