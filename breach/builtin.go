package breach

import (
	_ "embed"
	"sync"
	"time"

	"github.com/gatehouse-id/gatehouse/breach/brx"
)

//go:generate go run -C ../tool ./breachgen -out ../breach

// Builtin is the corpus that needs no download: the passwords that everybody tries first.
//
// It holds the password frequency list of github.com/ccojocar/zxcvbn-go and the
// passwords of extra.txt: the same habits as they look under a policy that asks
// for upper case, a digit and a symbol (Password123!, P@ssw0rd1!, Summer2024!).
// Those are composed by the rules in tool/breachgen, not counted in a leak.
//
// Every count is 1. A frequency list knows ranks, and a number of sightings made
// from a rank would be an invention, so 1 is what can be said: at least one. A
// rule that asks for more sightings should not ask it of this list.
//
// It is a file of hashes (see package brx) inside the binary, asked where it
// lies: opening it takes some microseconds, its errors are always nil, its epoch
// is 0, and closing or reloading it does nothing.
func Builtin() *Index { return builtin() }

//go:embed builtin.brx
var builtinFile []byte

var builtin = sync.OnceValue(func() *Index {
	segment, err := brx.OpenBytes(builtinFile)
	if err != nil {
		panic("breach: the embedded list is damaged: " + err.Error())
	}
	x := &Index{now: time.Now}
	x.current.Store(&set{edition: editionOf(sum(builtinFile)), mounts: []mount{{
		Mount:   Mount{Path: "builtin.brx", Role: Base},
		segment: segment,
		alg:     segment.Info().Alg,
	}}})
	return x
})
