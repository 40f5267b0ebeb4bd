package breach

import (
	_ "embed"
	"strings"
	"sync"
)

//go:generate go run -C ../tool ./breachgen -out ../breach

// Builtin is the list that needs no download: the passwords that everybody tries first.
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
// The list is made at the first call, in a few milliseconds, and shared after it.
func Builtin() *List { return builtin() }

//go:embed builtin.txt
var builtinText string

var builtin = sync.OnceValue(func() *List {
	l, err := ReadList(strings.NewReader(builtinText))
	if err != nil {
		panic("breach: the embedded list is damaged: " + err.Error())
	}
	return l
})
