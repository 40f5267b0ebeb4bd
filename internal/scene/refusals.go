package scene

import (
	"fmt"
	"path/filepath"
	"strings"
)

// Refusals lists the errors that stories tell of each operation: those of the
// files that the pattern names, which Run proves.
func Refusals(pattern string) (map[string]map[string]bool, error) {
	paths, err := filepath.Glob(pattern)
	if err != nil || len(paths) == 0 {
		return nil, fmt.Errorf("no stories in %s (%v)", pattern, err)
	}
	told := map[string]map[string]bool{}
	for _, path := range paths {
		stories, err := readFile(path)
		if err != nil {
			return nil, err
		}
		for _, s := range stories {
			s.refusals(told)
		}
	}
	return told, nil
}

// refusals adds what one story tells.
func (s story) refusals(told map[string]map[string]bool) {
	last := ""
	for _, step := range s.steps {
		if op := step.asksFor(); op != "" {
			last = op
			continue
		}
		code := step.tellsError()
		if code == "" || last == "" {
			continue
		}
		if told[last] == nil {
			told[last] = map[string]bool{}
		}
		told[last][code] = true
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

// tellsError is the error that a step wants; empty for a step that wants none.
func (s step) tellsError() string {
	status, rest := s.verb, s.rest
	if first, more := word(rest); first == "x" { // 3 x 400 ...
		status, rest = word(more)
	}
	if len(status) != 3 || status[0] < '4' || status[0] > '5' {
		return ""
	}
	first, more := word(rest)
	if first == "exactly" {
		first, more = word(more)
	}
	if strings.HasSuffix(first, "Exception") {
		return first
	}
	const member = `"__type":"`
	if _, after, ok := strings.Cut(first+" "+more, member); ok {
		code, _, _ := strings.Cut(after, `"`)
		return code
	}
	return ""
}
