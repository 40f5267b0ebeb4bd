package cognito_test

import (
	"bytes"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/gatehouse-id/gatehouse/internal/base/shape"
	"github.com/gatehouse-id/gatehouse/internal/door/cognito"
	"github.com/gatehouse-id/gatehouse/internal/scene"
)

// TestOperationsDocument keeps docs/operations.md in step with the tables; -update writes it.
func TestOperationsDocument(t *testing.T) {
	path := filepath.Join("..", "..", "..", "docs", "operations.md")
	want := operationsDocument(t)
	if flag.Lookup("update").Value.String() == "true" {
		if err := os.WriteFile(path, want, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Error("docs/operations.md is out of step with the operations and their stories: run go test ./internal/door/cognito -run OperationsDocument -update")
	}
}

func operationsDocument(t *testing.T) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, `# Operations

<!-- Written from the tables and stories of internal/door/cognito by its tests with -update. Do not edit. -->

The user pool API has %d operations, and Gatehouse serves them all.

Callers: *signed* requests carry a SigV4 signature with an access key whose policy
allows them, *access token* requests carry the token of a user in their body,
some of them the session of a challenge instead, and *anyone* may send the rest.

The errors are those that a story in internal/door/cognito/testdata brings about:
each is a promise with a test. What else the API's model lists for an operation
stands [below](#errors-that-do-not-occur), with the reason. InternalErrorException
and the errors of the protocol, such as SerializationException and
AccessDeniedException, are every operation's.

## Operations

| Operation | Caller | Errors |
|---|---|---|
`, len(shape.Operations))
	rows := map[string]string{}
	for _, r := range cognito.Served() {
		rows[r.Name] = r.Caller
	}
	stories := told(t)
	for _, op := range shape.Operations {
		var codes []string
		for _, code := range slices.Sorted(maps.Keys(stories[op.Name].Errors)) {
			codes = append(codes, strings.TrimSuffix(code, "Exception"))
		}
		fmt.Fprintf(&b, "| %s | %s | %s |\n", op.Name, rows[op.Name], strings.Join(codes, ", "))
	}
	writeFields(&b)
	writeExcuses(&b, stories, rows)
	return b.Bytes()
}

func writeFields(b *bytes.Buffer) {
	b.WriteString(`
## Members that are not acted upon

Every member of every input is checked. Those that are not here do what Cognito's
documentation says. *Kept* ones are stored and told again, and nothing else;
*ignored* ones are accepted and forgotten.

| Member | Operations | Fate | Because |
|---|---|---|---|
`)
	for _, f := range cognito.Fields {
		fmt.Fprintf(b, "| %s | %s | %s | %s |\n", orWords(f.Member, "all but the ids"), strings.Join(f.Operations, ", "), f.Fate, f.Reason)
	}
}

func writeExcuses(b *bytes.Buffer, stories map[string]*scene.Told, rows map[string]string) {
	b.WriteString(`
## Errors that do not occur

The model lists these for operations whose stories do not bring them about.

| Error | Operations | Because |
|---|---|---|
`)
	for _, e := range cognito.Excuses {
		var names []string
		all := 0
		for _, op := range shape.Operations {
			if rows[op.Name] == "" || !slices.Contains(op.Errors, e.Code) {
				continue
			}
			all++
			if e.For(op.Name) && !stories[op.Name].Errors[string(e.Code)] {
				names = append(names, op.Name)
			}
		}
		list := strings.Join(names, ", ")
		if len(names) == all && all > 4 {
			list = "all that list it"
		} else if len(names) > 20 {
			list = fmt.Sprintf("%d of the %d that list it", len(names), all)
		}
		fmt.Fprintf(b, "| %s | %s | %s |\n", strings.TrimSuffix(string(e.Code), "Exception"), list, e.Reason)
	}
}

func orWords(text, otherwise string) string {
	if text == "" {
		return otherwise
	}
	return text
}

// TestFieldsAreOfTheModel finds each member of the table in the inputs that it is said to be of.
func TestFieldsAreOfTheModel(t *testing.T) {
	for _, f := range cognito.Fields {
		for _, name := range f.Operations {
			op, ok := shape.Lookup(name)
			if !ok {
				t.Errorf("%s is no operation of the API", name)
				continue
			}
			at := reflect.TypeOf(op.New()).Elem()
			for part := range strings.SplitSeq(f.Member, ".") {
				if part == "" {
					break
				}
				field, ok := at.FieldByName(part)
				if !ok {
					t.Errorf("the input of %s has no member %s", name, f.Member)
					break
				}
				if at = field.Type; at.Kind() == reflect.Pointer {
					at = at.Elem()
				}
			}
		}
	}
}

// TestExcusesNameTestsThatExist looks for the tests that excuses refer to.
func TestExcusesNameTestsThatExist(t *testing.T) {
	var all bytes.Buffer
	for _, pattern := range []string{"*_test.go", "../../flow/*/*_test.go"} {
		paths, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range paths {
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			all.Write(text)
		}
	}
	for _, e := range cognito.Excuses {
		for word := range strings.FieldsFuncSeq(e.Reason, func(r rune) bool { return r == ' ' || r == '.' || r == ':' }) {
			if strings.HasPrefix(word, "Test") && !strings.Contains(all.String(), "func "+word+"(t *testing.T)") {
				t.Errorf("the excuse for %s refers to %s, which is no test", e.Code, word)
			}
		}
	}
}
