// SPDX-License-Identifier: Apache-2.0

/// Guest page tables and TLBs: the walker, entries and modes, the shadow TLB and the fetch TLB. Policies belong to the
/// paging models; the hart is seen as a `TranslationContext` only.
package org.penumbra.mmu;
