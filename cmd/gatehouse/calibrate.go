package main

import (
	"fmt"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/gatehouse-id/gatehouse/internal/part/password"
)

type passwordCmd struct {
	Calibrate calibrateCmd `cmd:"" help:"Find the strongest Argon2id parameters that this machine affords."`
}

type calibrateCmd struct {
	Target time.Duration `default:"100ms" placeholder:"TIME" help:"The longest that one hash may take."`
	Memory mebibytes     `default:"64MiB" placeholder:"SIZE" help:"The most memory that one hash may take, in MiB. A server computes as many at once as it has processors."`
}

// mebibytes is a size as people write it: 64MiB.
type mebibytes uint32

// UnmarshalText reads 64MiB, from 1 to 256.
func (m *mebibytes) UnmarshalText(text []byte) error {
	digits, ok := strings.CutSuffix(string(text), "MiB")
	n, err := strconv.ParseUint(digits, 10, 32)
	if !ok || err != nil || n == 0 || n > password.MaxMemory/1024 {
		return fmt.Errorf("%q: want a size from 1MiB to %dMiB", text, password.MaxMemory/1024)
	}
	*m = mebibytes(n)
	return nil
}

// Validate refuses a target that means nothing.
func (c *calibrateCmd) Validate() error {
	if c.Target <= 0 || c.Target > time.Minute {
		return fmt.Errorf("--target=%s: want more than nothing and at most a minute", c.Target)
	}
	return nil
}

// Run measures, and prints the setting to copy.
func (c *calibrateCmd) Run(std streams) error {
	best, measured := password.Calibrate(c.Target, uint32(c.Memory)*1024)
	table := tabwriter.NewWriter(std.out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(table, "MEMORY\tPASSES\tTOOK\t")
	var took time.Duration
	for _, m := range measured {
		fmt.Fprintf(table, "%d KiB\t%d\t%s\t\n", m.Memory, m.Time, m.Took.Round(100*time.Microsecond))
		if m.Params == best {
			took = m.Took
		}
	}
	if err := table.Flush(); err != nil {
		return err
	}
	if took > c.Target {
		fmt.Fprintf(std.out, "\nEven the least that is safe takes longer than %s here. It is:\n", c.Target)
	} else {
		fmt.Fprintf(std.out, "\nFor the configuration file, or as --password-hash:\n")
	}
	_, err := fmt.Fprintf(std.out, "password-hash: %s\n", hashParams(best))
	return err
}
