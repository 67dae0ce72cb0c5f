// SPDX-License-Identifier: Apache-2.0

/// Guest page tables and TLBs: the walker, entries and modes, the shadow TLB and the fetch TLB. Policies belong in the
/// paging models; this package sees the hart only as a `TranslationContext`.
package org.penumbra.mmu;
