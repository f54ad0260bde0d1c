package statuswriter

import (
	"fmt"
	"strconv"
	"strings"
)

const (
	uidRangeAnnotation = "openshift.io/sa.scc.uid-range"
	groupsAnnotation   = "openshift.io/sa.scc.supplemental-groups"
	mcsAnnotation      = "openshift.io/sa.scc.mcs"

	firstUID = 1_000_000_000
	blockUID = 10_000
)

// annotationsOf returns what OpenShift writes into a namespace that holds the block: user ids and groups in the form
// first/count, and the two SELinux categories that no other block has.
func annotationsOf(block int) map[string]string {
	uids := fmt.Sprintf("%d/%d", firstUID+block*blockUID, blockUID)
	return map[string]string{uidRangeAnnotation: uids, groupsAnnotation: uids, mcsAnnotation: categoriesOf(block)}
}

// categoriesOf numbers the pairs (1,0) (2,0) (2,1) (3,0) ..., so each block has its own.
func categoriesOf(block int) string {
	high := 1
	for block >= high {
		block -= high
		high++
	}
	return fmt.Sprintf("s0:c%d,c%d", high, block)
}

// blockOf reads the block back. A range that is not one of ours (set by hand) holds no block but is left alone.
func blockOf(annotations map[string]string) (block int, has bool) {
	uids, has := annotations[uidRangeAnnotation]
	if !has {
		return 0, false
	}
	first, err := strconv.Atoi(strings.SplitN(uids, "/", 2)[0])
	if err != nil || first < firstUID || (first-firstUID)%blockUID != 0 {
		return -1, true
	}
	return (first - firstUID) / blockUID, true
}

func firstFree(taken map[int]bool) int {
	block := 0
	for taken[block] {
		block++
	}
	return block
}
