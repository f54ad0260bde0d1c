package statuswriter

import "testing"

func TestEachBlockHasItsOwnRangeAndCategories(t *testing.T) {
	seen := map[string]int{}
	for block := range 1000 {
		annotations := annotationsOf(block)
		for _, value := range []string{annotations[uidRangeAnnotation], annotations[mcsAnnotation]} {
			if other, taken := seen[value]; taken {
				t.Fatalf("blocks %d and %d both have %s", other, block, value)
			}
			seen[value] = block
		}
		if back, has := blockOf(annotations); !has || back != block {
			t.Fatalf("block %d reads back as %d, %v", block, back, has)
		}
	}
}

func TestTheFirstBlocksReadAsOnOpenShift(t *testing.T) {
	for block, want := range []map[string]string{
		{uidRangeAnnotation: "1000000000/10000", groupsAnnotation: "1000000000/10000", mcsAnnotation: "s0:c1,c0"},
		{uidRangeAnnotation: "1000010000/10000", groupsAnnotation: "1000010000/10000", mcsAnnotation: "s0:c2,c0"},
		{uidRangeAnnotation: "1000020000/10000", groupsAnnotation: "1000020000/10000", mcsAnnotation: "s0:c2,c1"},
	} {
		for key, value := range annotationsOf(block) {
			if value != want[key] {
				t.Errorf("block %d: %s is %s, want %s", block, key, value, want[key])
			}
		}
	}
}

func TestARangeSetByHandIsLeftAlone(t *testing.T) {
	for _, uids := range []string{"1000/10", "nonsense", "1000005000/10000"} {
		if block, has := blockOf(map[string]string{uidRangeAnnotation: uids}); !has || block >= 0 {
			t.Errorf("%q: block %d, has %v", uids, block, has)
		}
	}
}

func TestTheFirstFreeBlockFillsGaps(t *testing.T) {
	if block := firstFree(map[int]bool{0: true, 1: true, 3: true, -1: true}); block != 2 {
		t.Errorf("got %d, want 2", block)
	}
}
