package feed

import (
	"fmt"
	"math"

	"github.com/gatehouse-id/gatehouse/breach/brx"
)

// Each check stands for an accident that happened: downloads that stopped at a
// tenth and said "finished", NTLM lines in the SHA-1 file, a filter that
// rotted away. The limits follow the spread of real ranges, which is Poisson's.
const (
	outlier    = 8    // standard deviations
	leastShare = 0.98 // of the previous entries
	leastProbe = 1_000_000
)

// probes are hashes of "password", which every published corpus holds.
var probes = map[brx.Alg]record{
	brx.SHA1: {a: 0x5BAA61E4C9B93F3F, b: 0x0682250B6CF8331B, c: 0x7EE68FD8},
	brx.NTLM: {a: 0x8846F7EAEE8FB117, b: 0xAD06BDD830B7586C},
}

// refuse is a Refusal, or with Force a line of the report and nil.
func (j *job) refuse(format string, args ...any) error {
	problem := fmt.Sprintf(format, args...)
	if !j.cfg.Force {
		return &Refusal{problem}
	}
	for _, known := range j.state.Passed {
		if known == problem {
			return nil
		}
	}
	j.state.Passed = append(j.state.Passed, problem)
	return nil
}

// checkFolders refuses an incomplete folder before hours are spent on it.
func (j *job) checkFolders() error {
	if !j.cfg.Complete {
		return nil
	}
	for i, folder := range j.folders {
		if folder == nil || len(j.folders) > 1 {
			continue
		}
		if n, first := folder.missing(); n > 0 {
			if err := j.refuse("%s: %d of %d ranges are missing, the first is %05X", j.sources[i].Path, n, rangeCount, first); err != nil {
				return err
			}
		}
	}
	return nil
}

// check judges the whole once it was read.
func (j *job) check() error {
	t := j.state.Tally
	if j.build == nil || j.build.fed == 0 {
		if n := t.RejectedLines(); n > 0 {
			return fmt.Errorf("there is nothing to import: %d lines were rejected (%s), the first at %s", n, t.Reasons(), j.state.Rejected.Place)
		}
		return fmt.Errorf("there is nothing to import")
	}
	if t.RejectedLines() > t.Accepted {
		if err := j.mostlyJunk(); err != nil {
			return err
		}
	}
	if least := leastShare * float64(j.cfg.Previous); float64(j.build.fed) < least {
		if err := j.refuse("%d entries, where the corpus to be replaced has %d: less than 98 %%", j.build.fed, j.cfg.Previous); err != nil {
			return err
		}
	}
	if !j.cfg.Complete {
		return nil
	}
	if err := j.checkRanges(); err != nil {
		return err
	}
	if j.build.found < leastProbe {
		return j.refuse("the most common password was seen %d times, want at least %d: these are other hashes or other counts", j.build.found, leastProbe)
	}
	return nil
}

// checkRanges finds ranges that are missing, cut short, or too long.
func (j *job) checkRanges() error {
	mean := float64(j.build.fed) / rangeCount
	low, high := mean-outlier*math.Sqrt(mean), mean+outlier*math.Sqrt(mean)
	missing, odd := 0, 0
	var firstMissing, firstOdd int
	for prefix, n := range j.build.ranges {
		switch {
		case n == 0:
			if missing == 0 {
				firstMissing = prefix
			}
			missing++
		case prefix != 0 && (float64(n) < low || float64(n) > high):
			if odd == 0 {
				firstOdd = prefix
			}
			odd++
		}
	}
	if missing > 0 {
		if err := j.refuse("%d of %d ranges are missing, the first is %05X", missing, rangeCount, firstMissing); err != nil {
			return err
		}
	}
	if odd > 0 {
		return j.refuse("%d ranges are further than %d standard deviations from the mean of %.0f entries; the first is %05X with %d",
			odd, outlier, mean, firstOdd, j.build.ranges[firstOdd])
	}
	return nil
}
