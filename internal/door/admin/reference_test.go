package admin

import (
	"bytes"
	"cmp"
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gatehouse-id/gatehouse/internal/base/fault"
	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/wire"
)

var update = flag.Bool("update", false, "write the generated files again")

// TestDocument keeps docs/admin-api.md in step with the rows; -update writes it.
func TestDocument(t *testing.T) {
	file := filepath.Join("..", "..", "..", "docs", "admin-api.md")
	want := newReference(t).write()
	if *update {
		if err := os.WriteFile(file, want, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Error("docs/admin-api.md is out of step with rows.go: run go generate ./internal/door/admin")
	}
}

// reference is the document while it is written.
type reference struct {
	t      *testing.T
	said   map[string]string   // comments, by "package.Type.Field" and "method"
	values map[string][]string // of kinds of text, by "package.Type"
	types  []reflect.Type      // to be described, in order
	queued map[reflect.Type]bool
}

func newReference(t *testing.T) *reference {
	r := &reference{t: t, said: map[string]string{}, values: map[string][]string{}, queued: map[reflect.Type]bool{}}
	for _, dir := range []string{".", "../../flow/threat", "../../base/model"} {
		r.read(dir)
	}
	return r
}

// read collects what comments of a package say of fields and of the methods of Door.
func (r *reference) read(dir string) {
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil || len(files) == 0 {
		r.t.Fatalf("no code in %s (%v)", dir, err)
	}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ParseComments)
		if err != nil {
			r.t.Fatal(err)
		}
		ast.Inspect(f, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.FuncDecl:
				if n.Recv != nil && dir == "." {
					r.said[n.Name.Name] = flat(n.Doc)
				}
				return false
			case *ast.ValueSpec:
				for _, v := range n.Values {
					if kind, value, ok := converted(v); ok {
						kind = f.Name.Name + "." + kind
						r.values[kind] = append(r.values[kind], value)
					}
				}
			case *ast.TypeSpec:
				s, ok := n.Type.(*ast.StructType)
				if !ok {
					return true
				}
				for _, field := range s.Fields.List {
					for _, name := range field.Names {
						r.said[f.Name.Name+"."+n.Name.Name+"."+name.Name] = cmp.Or(flat(field.Doc), flat(field.Comment))
					}
				}
			}
			return true
		})
	}
}

// converted reads Kind("value").
func converted(x ast.Expr) (kind, value string, ok bool) {
	call, ok := x.(*ast.CallExpr)
	if !ok || len(call.Args) != 1 {
		return "", "", false
	}
	name, isName := call.Fun.(*ast.Ident)
	text, isText := call.Args[0].(*ast.BasicLit)
	if !isName || !isText || text.Kind != token.STRING {
		return "", "", false
	}
	return name.Name, strings.Trim(text.Value, `"`), true
}

// named is a type as the comments are kept under it.
func named(t reflect.Type) string { return path.Base(t.PkgPath()) + "." + t.Name() }

func flat(c *ast.CommentGroup) string { return strings.Join(strings.Fields(c.Text()), " ") }

func (r *reference) write() []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, `# Admin API

<!-- Written from internal/door/admin/rows.go by its tests with -update. Do not edit. -->

What administrators can ask beside Cognito's API, over HTTP below %[1]s%[2]s%[1]s. [guides/admin.md](guides/admin.md) shows it at work.

Requests are signed with Signature Version 4 and the access keys of the user pool API, for the service %[1]s%[3]s%[1]s. The headers host and x-amz-date must be signed, and content-type and if-match where they are there. A key's policy must allow the action, as in %[1]s%[3]s:GetPolicy%[1]s, on the ARN of the pool. In development nothing needs to be signed.

Bodies are JSON of at most %[4]d KiB, a policy also YAML; a member or parameter that the operation does not know is refused. Answers are JSON, times are RFC 3339, and a list goes on with its %[1]snext%[1]s as %[1]sbefore%[1]s. Parts of a path are escaped, also a slash in a user's name; a user is named by any name or by the sub. The header X-Request-Id names the request in the server's log.

| Method | Path | Action | |
|---|---|---|---|
`, "`", Prefix, service, maxBody>>10)
	for _, row := range rows {
		fmt.Fprintf(&b, "| %s | `%s` | `%s:%s` | [%s](#%s) |\n", row.method, row.path, service, row.name, row.name, strings.ToLower(row.name))
	}
	r.errors(&b)
	seen := map[string]bool{}
	for _, row := range rows {
		if !seen[row.name] {
			seen[row.name] = true
			r.operation(&b, row)
		}
	}
	fmt.Fprint(&b, "\n## Documents\n")
	for i := 0; i < len(r.types); i++ { // describing one may find more
		r.describe(&b, r.types[i])
	}
	return b.Bytes()
}

func (r *reference) errors(b *bytes.Buffer) {
	fmt.Fprint(b, "\n## Errors\n\n```json\n{\"error\":{\"code\":\"AccessDenied\",\"message\":\"...\"}}\n```\n\n| Status | Codes |\n|---|---|\n")
	codes := map[int][]string{400: {"InvalidParameter", "Serialization"}, 405: {"UnknownOperation"}}
	for code, status := range statuses {
		codes[status] = append(codes[status], strings.TrimSuffix(string(code), "Exception"))
	}
	for status := range 600 {
		if list := codes[status]; list != nil {
			slices.Sort(list)
			fmt.Fprintf(b, "| %d | %s |\n", status, strings.Join(list, ", "))
		}
	}
	if _, ok := statuses[fault.InvalidParameter]; ok {
		r.t.Error("the table of errors tells InvalidParameter twice")
	}
}

func (r *reference) operation(b *bytes.Buffer, row row) {
	text := r.said[row.of]
	if text == "" {
		r.t.Errorf("%s has no comment to be told", row.of)
	}
	fmt.Fprintf(b, "\n## %s\n\n", row.name)
	for _, other := range rows {
		if other.name == row.name {
			fmt.Fprintf(b, "    %s %s\n", other.method, other.path)
		}
	}
	fmt.Fprintf(b, "\n%s\n", text)
	var facts []string
	if row.query != nil {
		facts = append(facts, "Query: `"+strings.Join(row.query, "`, `")+"`.")
	}
	if row.in != nil {
		facts = append(facts, "Body: "+r.link(row.in)+".")
	}
	switch {
	case row.out != nil:
		facts = append(facts, "Answer: "+r.link(row.out)+".")
	case row.slow && row.method == "GET":
		facts = append(facts, "Answer: a document of its own.")
	default:
		facts = append(facts, "Answer: 204, without a body.")
	}
	fmt.Fprintf(b, "\n%s\n", strings.Join(facts, " "))
}

// link names a struct, which is described further below.
func (r *reference) link(t reflect.Type) string {
	if !r.queued[t] {
		if slices.ContainsFunc(r.types, func(other reflect.Type) bool { return other.Name() == t.Name() }) {
			r.t.Errorf("two documents are called %s", t.Name())
		}
		r.queued[t] = true
		r.types = append(r.types, t)
	}
	return fmt.Sprintf("[%s](#%s)", t.Name(), strings.ToLower(t.Name()))
}

func (r *reference) describe(b *bytes.Buffer, t reflect.Type) {
	fmt.Fprintf(b, "\n### %s\n\n| Member | | |\n|---|---|---|\n", t.Name())
	r.members(b, t)
}

func (r *reference) members(b *bytes.Buffer, t reflect.Type) {
	for field := range t.Fields() {
		if field.Anonymous {
			r.members(b, field.Type)
			continue
		}
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		if name == "" {
			r.t.Errorf("%s.%s has no name in JSON", t.Name(), field.Name)
		}
		fmt.Fprintf(b, "| `%s` | %s | %s |\n", name, r.kind(field.Type), r.said[named(t)+"."+field.Name])
	}
}

// elsewhere are documents that are told in other places.
var elsewhere = map[reflect.Type]string{
	reflect.TypeFor[model.ThreatPolicy]():      "[policy](guides/policy.md)",
	reflect.TypeFor[wire.Document]():           "[policy](guides/policy.md)",
	reflect.TypeFor[model.RiskConfiguration](): "risk configuration, of the shapes that SetRiskConfiguration takes",
	reflect.TypeFor[time.Time]():               "time",
}

func (r *reference) kind(t reflect.Type) string {
	if text, ok := elsewhere[t]; ok {
		return text
	}
	if _, ok := reflect.Zero(t).Interface().(interface{ MarshalText() ([]byte, error) }); ok {
		return "text"
	}
	switch t.Kind() {
	case reflect.Pointer:
		return r.kind(t.Elem())
	case reflect.Slice, reflect.Array:
		return "list: " + r.kind(t.Elem())
	case reflect.Struct:
		return r.link(t)
	case reflect.String:
		return strings.TrimSuffix("text: "+strings.Join(r.values[named(t)], ", "), ": ")
	case reflect.Bool:
		return "true or false"
	}
	return "number"
}
