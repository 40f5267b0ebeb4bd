package internal_test

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/gatehouse-id/gatehouse/"

// layers is the house, from the roof down. A package may import what stands
// below its own row, and nothing on its own row or above, unless sideways says so.
var layers = [][]string{
	{"cmd/", "examples/", "internal/scene", "bench"},
	{"internal/server"},
	{"internal/door/"},
	{"internal/flow/"},
	{"internal/part/"},
	{"internal/base/store"},
	{"internal/base/report"},
	{"internal/base/filter"},
	{"internal/base/model"},
	{"internal/base/shape"},
	{"internal/base/seal"},
	{"internal/base/webhook"},
	{"internal/base/wire"},
	{"internal/base/fault"},
	{"breach", "risk"},
}

// sideways lists the imports inside one layer that the house allows, each with its reason.
var sideways = map[[2]string]string{
	{"internal/flow/signin", "internal/flow/threat"}:      "a sign-in is judged",
	{"internal/flow/signin", "internal/flow/code"}:        "a challenge may send a code",
	{"internal/flow/signin", "internal/flow/device"}:      "a sign-in may ask a device to prove itself",
	{"internal/flow/device", "internal/flow/threat"}:      "a device is made known to what judges sign-ins",
	{"internal/flow/signin", "internal/flow/mfa"}:         "a sign-in may ask for a second factor",
	{"internal/flow/signin", "internal/flow/credential"}:  "a sign-in verifies the password record",
	{"internal/flow/signin", "internal/flow/keys"}:        "a sign-in ends in signed tokens",
	{"internal/flow/signin", "internal/flow/account"}:     "a new password may come with attributes",
	{"internal/flow/account", "internal/flow/threat"}:     "a new password is judged",
	{"internal/flow/account", "internal/flow/code"}:       "confirmation and recovery send codes",
	{"internal/flow/account", "internal/flow/credential"}: "a new password is recorded",
	{"internal/flow/recheck", "internal/flow/threat"}:     "what is found is judged",
	{"internal/flow/recheck", "internal/flow/credential"}: "a candidate is held against the password record",
	{"internal/flow/former", "internal/flow/account"}:     "who is found elsewhere is taken over",
	{"internal/flow/pool", "internal/flow/keys"}:          "a new pool gets its signing keys",
	{"internal/flow/pool", "internal/flow/credential"}:    "a new client gets its secret",
	{"internal/flow/branding", "internal/flow/pool"}:      "a look is of a pool and a client that exist",
	{"internal/flow/federation", "internal/flow/pool"}:    "a provider is one of a pool",
	{"internal/flow/federation", "internal/flow/keys"}:    "a pool has certificates for SAML",
	{"internal/flow/code", "internal/flow/outbox"}:        "a code is sent",
	{"internal/flow/notice", "internal/flow/outbox"}:      "a notice is sent",
	{"internal/flow/notice", "internal/flow/threat"}:      "which configuration and policy hold",
	{"internal/flow/userimport", "internal/flow/account"}: "an imported user is checked and named like any other",
	{"internal/flow/signin", "internal/flow/notice"}:      "a user is told of a risky sign-in",
}

// forbidden lists imports that one layer may not make although it stands above.
var forbidden = map[[2]string]string{
	{"internal/part/", "internal/base/store"}: "a part never touches the database",
	{"breach", "internal/"}:                   "breach is public: it stands alone",
	{"risk", "internal/"}:                     "risk is public: it stands alone",
	{"bench/risk", "internal/"}:               "the judge of the risk model knows only what the public knows",
}

// only lists third-party modules that exactly one package may import.
var only = map[string]string{
	"github.com/go-json-experiment/json": "internal/base/wire",
	"modernc.org/sqlite":                 "internal/base/store",
	"github.com/jackc/pgx/v5":            "internal/base/store",
}

func TestImportsGoDown(t *testing.T) {
	for _, file := range goFiles(t) {
		from := filepath.ToSlash(filepath.Dir(file))
		for _, path := range imports(t, file) {
			for mod, home := range only {
				if (path == mod || strings.HasPrefix(path, mod+"/")) && !within(from, home) {
					t.Errorf("%s imports %s, which only %s may", file, path, home)
				}
			}
			to, ours := strings.CutPrefix(path, module)
			if !ours || within(from, to) || within(to, from) || strings.HasSuffix(file, "_test.go") {
				continue
			}
			if _, ok := sideways[[2]string{from, to}]; ok {
				continue
			}
			if library(from) != "" && library(from) == library(to) {
				continue // a public library is several packages that lean on one another
			}
			for pair, why := range forbidden {
				if within(from, pair[0]) && within(to, pair[1]) {
					t.Errorf("%s imports %s: %s", file, to, why)
				}
			}
			if up, down := layer(from), layer(to); up < 0 || down < 0 {
				t.Errorf("%s imports %s: a package outside the layers (add it to the table)", file, to)
			} else if down <= up {
				t.Errorf("%s imports %s: imports go down only", file, to)
			}
		}
	}
}

// library is the public library, or the bench, that a package belongs to.
func library(pkg string) string {
	for _, name := range []string{"breach", "risk", "bench/risk"} {
		if within(pkg, name) {
			return name
		}
	}
	return ""
}

func TestEveryPackageSaysWhatItGives(t *testing.T) {
	docs := map[string]string{}
	for _, file := range goFiles(t) {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), filepath.Join(root, file), nil, parser.PackageClauseOnly|parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		dir := filepath.Dir(file)
		if f.Doc != nil {
			docs[dir] = f.Doc.Text()
		} else if _, ok := docs[dir]; !ok {
			docs[dir] = ""
		}
		want := "Package " + f.Name.Name + " "
		if f.Name.Name == "main" {
			want = "Command "
		}
		if doc := docs[dir]; doc != "" && !strings.HasPrefix(doc, want) {
			t.Errorf("%s: the package doc must begin with %q, got %q", file, want, strings.SplitN(doc, "\n", 2)[0])
		}
	}
	for dir, doc := range docs {
		if doc == "" {
			t.Errorf("%s has no package doc: its first sentence says what the package gives", dir)
		}
	}
}

const root = ".."

func layer(pkg string) int {
	for i, row := range layers {
		for _, name := range row {
			if within(pkg, name) {
				return i
			}
		}
	}
	return -1
}

// within tells whether pkg is the folder name or stands below it.
func within(pkg, name string) bool {
	name = strings.TrimSuffix(name, "/")
	return pkg == name || strings.HasPrefix(pkg, name+"/")
}

// goFiles lists the Go files of this module, relative to its root; nested modules are left out.
func goFiles(t *testing.T) []string {
	t.Helper()
	var files []string
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, _ := filepath.Rel(root, path)
		if d.IsDir() {
			if rel != "." && (strings.HasPrefix(d.Name(), ".") || d.Name() == "testdata" || d.Name() == "node_modules") {
				return filepath.SkipDir
			}
			if _, err := os.Stat(filepath.Join(path, "go.mod")); err == nil && rel != "." {
				return filepath.SkipDir
			}
			return nil
		}
		if strings.HasSuffix(rel, ".go") {
			files = append(files, rel)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(files) < 10 {
		t.Fatalf("found only %d Go files: the walk is broken", len(files))
	}
	return files
}

func imports(t *testing.T, file string) []string {
	t.Helper()
	f, err := parser.ParseFile(token.NewFileSet(), filepath.Join(root, file), nil, parser.ImportsOnly)
	if err != nil {
		t.Fatal(err)
	}
	var paths []string
	for _, spec := range f.Imports {
		path, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			t.Fatal(err)
		}
		paths = append(paths, path)
	}
	return paths
}
