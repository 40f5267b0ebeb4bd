package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"strings"

	"github.com/gatehouse-id/gatehouse/bench/risk/world"
)

// worldOf is a world by its name.
type worldOf struct {
	variant string
	seed    uint64
}

// sets are the worlds that weights are made from: the trees and the logistic
// model from "training", calibration and cut points from "calibration". Seeds
// from 500 on are for evaluation and stand in neither.
var sets = map[string][]worldOf{
	"training": {
		{"default", 1}, {"default", 2}, {"default", 3}, {"stable", 3}, {"stable", 4}, {"calibrated", 3},
		{"shifted", 1}, {"shifted", 2}, {"shifted", 3}, {"shifted", 4}, {"shifted", 5}, {"shifted", 6},
		{"shifted", 7}, {"shifted", 8}, {"shifted", 9}, {"shifted", 10}, {"shifted", 11}, {"shifted", 12},
		{"wide", 1}, {"wide", 2}, {"wide", 3}, {"wide", 4}, {"wide", 5}, {"wide", 6},
		{"nokeys", 4}, {"noplace", 5}, {"bare", 6}, {"rare", 2}, {"staff", 3}, {"roaming", 3},
	},
	"calibration": {
		{"default", 401}, {"default", 402}, {"shifted", 401}, {"shifted", 402}, {"shifted", 403}, {"shifted", 404}, {"stable", 401}, {"calibrated", 401},
	},
}

// setUsers bounds the worlds of a set: many small pools teach more than few large ones.
const setUsers = 5000

// worlds writes labelled attempts, a line each: what `gatehouse risk score` and
// `gatehouse risk train` read. The worlds of a set follow one another; each begins
// anew, as its member "world" says.
func worlds(args []string, out io.Writer) error {
	flags := flag.NewFlagSet("worlds", flag.ContinueOnError)
	seed := flags.Uint64("seed", 1, "the same seed gives the same lines")
	variant := flags.String("variant", "default", strings.Join(world.Variants(), ", "))
	users := flags.Int("users", 0, "at most so many, instead of the variant's own number")
	set := flags.String("set", "", "all worlds of a set: training or calibration")
	if err := flags.Parse(args); err != nil {
		return err
	}
	chosen := []worldOf{{*variant, *seed}}
	if *set != "" {
		var ok bool
		if chosen, ok = sets[*set]; !ok {
			return fmt.Errorf("-set: want training or calibration, not %.40q", *set)
		}
		alone := true
		flags.Visit(func(f *flag.Flag) { alone = alone && f.Name != "seed" && f.Name != "variant" })
		if !alone {
			return errors.New("-set says which worlds; -seed and -variant cannot stand beside it")
		}
		if *users == 0 {
			*users = setUsers
		}
	}
	for _, w := range chosen {
		if err := writeWorld(w, *users, out); err != nil {
			return err
		}
	}
	return nil
}

func writeWorld(of worldOf, users int, out io.Writer) error {
	p, err := world.Of(of.variant, of.seed)
	if err != nil {
		return err
	}
	if users != 0 {
		p.Users = min(p.Users, users)
	}
	w, err := world.Make(p, of.seed)
	if err != nil {
		return err
	}
	name := fmt.Sprintf("%s/%d", of.variant, of.seed)
	line := make([]byte, 0, 1024)
	for e := range w.Events() {
		line = append(e.AppendJSON(line[:0], name), '\n')
		if _, err := out.Write(line); err != nil {
			return err
		}
	}
	return nil
}
