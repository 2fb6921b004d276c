//! A plain loop in, the same loop compiled for this machine's vector registers out.
#![allow(unsafe_code)]

/// A loop that the compiler may vectorise; `run` must be `#[inline(always)]` so that it takes on its caller's features.
pub(crate) trait Kernel {
    /// Runs the loop.
    fn run(self);
}

/// Runs a kernel with the widest registers of this machine.
#[inline]
pub(crate) fn run<K: Kernel>(kernel: K) {
    #[cfg(target_arch = "x86_64")]
    {
        if is_x86_feature_detected!("avx512f")
            && is_x86_feature_detected!("avx512dq")
            && is_x86_feature_detected!("avx512bw")
            && is_x86_feature_detected!("avx512vl")
        {
            // SAFETY: the features were detected.
            return unsafe { run_avx512(kernel) };
        }
        if is_x86_feature_detected!("avx2") {
            // SAFETY: the feature was detected.
            return unsafe { run_avx2(kernel) };
        }
    }
    kernel.run();
}

/// # Safety
/// Needs the named features.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512dq,avx512bw,avx512vl")]
unsafe fn run_avx512<K: Kernel>(kernel: K) {
    kernel.run();
}

/// # Safety
/// Needs the named feature.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
unsafe fn run_avx2<K: Kernel>(kernel: K) {
    kernel.run();
}

/// Runs a kernel as compiled for `level`, for tests that compare the compilations; `false` if this machine lacks it.
#[cfg(test)]
pub(crate) fn run_on<K: Kernel>(level: &str, kernel: K) -> bool {
    match level {
        "portable" => kernel.run(),
        #[cfg(target_arch = "x86_64")]
        // SAFETY: the features were detected.
        "avx2" if is_x86_feature_detected!("avx2") => unsafe { run_avx2(kernel) },
        #[cfg(target_arch = "x86_64")]
        "avx512"
            if is_x86_feature_detected!("avx512f")
                && is_x86_feature_detected!("avx512dq")
                && is_x86_feature_detected!("avx512bw")
                && is_x86_feature_detected!("avx512vl") =>
        {
            // SAFETY: the features were detected.
            unsafe { run_avx512(kernel) }
        }
        _ => return false,
    }
    true
}
