package main

import (
	"fmt"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
)

const (
	variablePrefix    = "GATEHOUSE_"
	masterKeyVariable = "GATEHOUSE_MASTER_KEY"
	// testPrefix begins the variables of our own tests, which a server ignores.
	testPrefix = "GATEHOUSE_TEST_"
)

// serviceLink is what Kubernetes puts into every container of a namespace that
// has a service named gatehouse.
var serviceLink = regexp.MustCompile(`^GATEHOUSE_(` +
	`(SERVICE_(HOST|PORT(_\w+)?)|PORT_\d+_(TCP|UDP|SCTP)_(PROTO|PORT|ADDR))=([\d.:a-f]+|tcp|udp|sctp)|` +
	`PORT(_\d+_(TCP|UDP|SCTP))?=(tcp|udp|sctp)://.*)$`)

// sources are the places that settings come from beside the command line: the
// GATEHOUSE_* variables, then one file. It is kong's resolver, so it is asked
// only for what no flag said; where it knows nothing, the default holds.
//
// A name that nobody knows is an error wherever it stands: a misspelt setting
// must not be a setting that silently has its default.
type sources struct {
	known     []string          // the settings
	variables map[string]string // by setting
	masterKey string            // a variable only: other users of the machine can read flags
	file      map[string]entry  // by setting
	from      map[string]string // setting -> the place that its value was taken from
	loaded    bool
}

// misconfigured is an error of a variable or of the file.
type misconfigured struct {
	where string // GATEHOUSE_LISTEN, gatehouse.yaml:3
	err   error
}

// Error tells the place first.
func (m *misconfigured) Error() string { return m.where + ": " + m.err.Error() }

// Unwrap gives the cause.
func (m *misconfigured) Unwrap() error { return m.err }

func newSources(environment []string) *sources {
	s := &sources{variables: map[string]string{}, from: map[string]string{}}
	for _, flag := range settingFlags() {
		s.known = append(s.known, flag.Name)
	}
	for _, pair := range environment {
		name, value, _ := strings.Cut(pair, "=")
		rest, ours := strings.CutPrefix(name, variablePrefix)
		switch {
		case !ours || strings.HasPrefix(name, testPrefix) || serviceLink.MatchString(pair):
		case value == "": // how a compose file says unset
		case name == masterKeyVariable:
			s.masterKey = value
		default:
			s.variables[strings.ReplaceAll(strings.ToLower(rest), "_", "-")] = value
		}
	}
	return s
}

// variable is the spelling of a setting's name as a variable.
func variable(name string) string {
	return variablePrefix + strings.ReplaceAll(strings.ToUpper(name), "-", "_")
}

// Validate has nothing to add to what Resolve refuses.
func (s *sources) Validate(*kong.Application) error { return nil }

// Resolve gives a setting's value from a variable or the file; nil when neither has it.
func (s *sources) Resolve(ctx *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
	if !slices.Contains(s.known, flag.Name) {
		return nil, nil // a flag of one command, not a setting
	}
	if err := s.load(ctx); err != nil {
		return nil, err
	}
	var value any
	var where string
	if text, ok := s.variables[flag.Name]; ok {
		value, where = text, variable(flag.Name)
	} else if e, ok := s.file[flag.Name]; ok && flag.Name != configFlag {
		value, where = e.value, e.where
	} else {
		return nil, nil
	}
	// The value is read once more by kong, whose error would not tell the place.
	if err := try(flag, value); err != nil {
		return nil, &misconfigured{where, err}
	}
	s.from[flag.Name] = where
	return value, nil
}

// configFlag names the one setting that the file cannot have.
const configFlag = "config"

// load reads the file, once, and refuses names that are no settings.
func (s *sources) load(ctx *kong.Context) error {
	if s.loaded {
		return nil
	}
	for _, name := range slices.Sorted(maps.Keys(s.variables)) {
		if !slices.Contains(s.known, name) {
			return &misconfigured{variable(name), fmt.Errorf("unknown setting%s", suggest(name, s.known, variable))}
		}
	}
	path := s.variables[configFlag]
	for _, flag := range ctx.Flags() {
		if given, _ := ctx.FlagValue(flag).(string); flag.Name == configFlag && given != "" {
			path = given
		}
	}
	s.loaded = true
	if path == "" {
		return nil
	}
	known := slices.DeleteFunc(slices.Clone(s.known), func(name string) bool { return name == configFlag })
	var err error
	s.file, err = readConfigFile(path, known)
	return err
}

// try reads a value as the flag would, into nowhere.
func try(flag *kong.Flag, value any) error {
	target := reflect.New(flag.Target.Type()).Elem()
	scan := kong.Scan().PushTyped(value, kong.FlagValueToken)
	if err := flag.Mapper.Decode(&kong.DecodeContext{Value: flag.Value, Scan: scan}, target); err != nil {
		return err
	}
	if flag.Enum != "" && !slices.Contains(strings.Split(flag.Enum, ","), target.String()) {
		return fmt.Errorf("%q: want one of %s", target.String(), strings.ReplaceAll(flag.Enum, ",", ", "))
	}
	return nil
}

// settingFlags are the settings as kong reads the struct: names, defaults, help.
func settingFlags() []*kong.Flag {
	app, err := kong.New(&settings{}, kong.NoDefaultHelp())
	if err != nil {
		panic(fmt.Sprintf("the settings are no grammar: %v", err)) // a mistake in settings.go
	}
	return app.Model.Flags
}
