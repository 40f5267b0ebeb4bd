package scene

import (
	"fmt"
	"path/filepath"
	"strings"
)

// Told is what stories tell of an operation.
type Told struct {
	Succeeds bool
	Errors   map[string]bool // by their code
}

// Tell lists what the stories of the files that the pattern names tell of each
// operation; Run proves it.
func Tell(pattern string) (map[string]*Told, error) {
	paths, err := filepath.Glob(pattern)
	if err != nil || len(paths) == 0 {
		return nil, fmt.Errorf("no stories in %s (%v)", pattern, err)
	}
	told := map[string]*Told{}
	for _, path := range paths {
		stories, err := readFile(path)
		if err != nil {
			return nil, err
		}
		for _, s := range stories {
			s.tell(told)
		}
	}
	return told, nil
}

// tell adds what one story tells. A request of whose answer nothing is said succeeds.
func (s story) tell(told map[string]*Told) {
	var last *Told
	silent := false
	for _, step := range append(s.steps, step{verb: "end"}) {
		status, code := step.tells()
		if status == "" {
			if silent {
				last.Succeeds, silent = true, false
			}
			if op := step.asksFor(); op != "" {
				if told[op] == nil {
					told[op] = &Told{Errors: map[string]bool{}}
				}
				last, silent = told[op], true
			}
			continue
		}
		silent = false
		switch {
		case last == nil: // the answer to something that is no operation
		case code != "":
			last.Errors[code] = true
		case status[0] == '2':
			last.Succeeds = true
		}
	}
}

// asksFor is the operation that a step calls, or calls last; empty for another step.
func (s step) asksFor() string {
	switch s.verb {
	case "call":
		op, _ := word(s.rest)
		return op
	case "repeat", "parallel":
		_, rest := word(s.rest)
		if verb, rest := word(rest); verb == "call" {
			op, _ := word(rest)
			return op
		}
	case "srp", "userauth":
		if _, password := word(s.rest); password == "" {
			return "InitiateAuth"
		}
		return "RespondToAuthChallenge"
	case "enrols":
		return "CompleteWebAuthnRegistration"
	case "prove", "begins", "proves":
		return "RespondToAuthChallenge"
	}
	return "" // again, and parallel again, are of the operation before
}

// tells is the status that a step wants, and the error; a step that wants no answer
// has no status.
func (s step) tells() (status, code string) {
	status, rest := s.verb, s.rest
	if first, more := word(rest); first == "x" { // 3 x 400 ...
		status, rest = word(more)
	}
	if len(status) != 3 || status[0] < '2' || status[0] > '5' {
		return "", ""
	}
	if status[0] < '4' {
		return status, ""
	}
	first, more := word(rest)
	if first == "exactly" {
		first, more = word(more)
	}
	if strings.HasSuffix(first, "Exception") {
		return status, first
	}
	if _, after, ok := strings.Cut(first+" "+more, `"__type":"`); ok {
		code, _, _ = strings.Cut(after, `"`)
	}
	return status, code
}
