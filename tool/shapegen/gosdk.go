package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// sdk is the newer source: the Go code of aws-sdk-go-v2's cognitoidentityprovider.
// It knows every operation and member, but neither limits nor sensitivity.
type sdk struct {
	ops     map[string]sdkOperation
	structs map[string][]field // of the types package; errors are left out
	enums   map[string][]string
}

type sdkOperation struct {
	input    []field
	output   []field
	noOutput bool
	unsigned bool
	errors   []string // alphabetical: the SDK sorts them
}

// A field of a struct of the SDK: its spelling on the wire and its Go type.
type field struct {
	name     string
	goType   string
	required bool
}

// readSDK parses the package directory of the newer source.
func readSDK(dir string) (*sdk, error) {
	root, err := parseDir(dir)
	if err != nil {
		return nil, err
	}
	types, err := parseDir(filepath.Join(dir, "types"))
	if err != nil {
		return nil, err
	}
	literals := stringsByFunc(root)
	s := &sdk{ops: map[string]sdkOperation{}, enums: enumValues(types)}
	if s.structs, err = readStructs(types, literals); err != nil {
		return nil, err
	}
	calls, err := readStructs(root, literals)
	if err != nil {
		return nil, err
	}
	unsigned := unsignedOperations(root)
	for name, input := range calls {
		op, ok := strings.CutSuffix(name, "Input")
		output, has := calls[op+"Output"]
		if !ok || !has {
			continue
		}
		_, reads := literals[deserializer+"OpDocument"+op+"Output"]
		s.ops[op] = sdkOperation{
			input:    input,
			output:   output,
			noOutput: !reads,
			unsigned: unsigned[op],
			errors:   exceptionsIn(literals[deserializer+"OpError"+op]),
		}
	}
	return s, nil
}

const (
	serializer   = "awsAwsjson11_serialize"
	deserializer = "awsAwsjson11_deserialize"
)

func parseDir(dir string) ([]*ast.File, error) {
	paths, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		return nil, err
	}
	var files []*ast.File
	set := token.NewFileSet()
	for _, path := range paths {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(set, path, nil, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return nil, fmt.Errorf("parse the newer source: %w", err)
		}
		files = append(files, f)
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("no Go files in %s: %w", dir, fs.ErrNotExist)
	}
	return files, nil
}

// readStructs keeps the exported structs that are no errors and spells each
// field as the wire does: as one of the literals of the functions that write or
// read the struct.
func readStructs(files []*ast.File, literals map[string][]string) (map[string][]field, error) {
	structs := map[string][]field{}
	methods := stringsByFunc(files)
	for _, spec := range typeSpecs(files) {
		body, ok := spec.Type.(*ast.StructType)
		name := spec.Name.Name
		_, isError := methods["(*"+name+") ErrorCode"]
		if !ok || !spec.Name.IsExported() || isError {
			continue
		}
		wire := wireNames(name, literals)
		fields := []field{}
		for _, f := range body.Fields.List {
			if len(f.Names) != 1 || f.Names[0].Name == "ResultMetadata" || !f.Names[0].IsExported() {
				continue
			}
			goName := f.Names[0].Name
			i := slices.IndexFunc(wire, func(w string) bool { return strings.EqualFold(w, goName) })
			if i < 0 && len(wire) > 0 {
				return nil, fmt.Errorf("%s.%s: the newer source never writes or reads this member", name, goName)
			}
			if i >= 0 {
				goName = wire[i]
			}
			fields = append(fields, field{
				name:     goName,
				goType:   typeText(f.Type),
				required: strings.Contains(f.Doc.Text(), "This member is required."),
			})
		}
		structs[name] = fields
	}
	return structs, nil
}

// wireNames lists the literals among which are the members' names.
func wireNames(name string, literals map[string][]string) []string {
	var names []string
	for _, prefix := range []string{serializer + "Document", serializer + "OpDocument", deserializer + "Document", deserializer + "OpDocument"} {
		names = append(names, literals[prefix+name]...)
	}
	return names
}

func typeSpecs(files []*ast.File) []*ast.TypeSpec {
	var specs []*ast.TypeSpec
	for _, file := range files {
		for _, decl := range file.Decls {
			gen, ok := decl.(*ast.GenDecl)
			if !ok || gen.Tok != token.TYPE {
				continue
			}
			for _, spec := range gen.Specs {
				specs = append(specs, spec.(*ast.TypeSpec))
			}
		}
	}
	return specs
}

// typeText writes a field's type without pointers and package names: a list
// element stays visible as []T, a map as map[string]T.
func typeText(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.StarExpr:
		return typeText(e.X)
	case *ast.Ident:
		return e.Name
	case *ast.SelectorExpr:
		if e.Sel.Name == "Interface" {
			return "document"
		}
		return e.Sel.Name
	case *ast.ArrayType:
		return "[]" + typeText(e.Elt)
	case *ast.MapType:
		return "map[" + typeText(e.Key) + "]" + typeText(e.Value)
	}
	return fmt.Sprintf("%T", e)
}

// stringsByFunc lists the string literals in each function; a method is "(*T) Name".
func stringsByFunc(files []*ast.File) map[string][]string {
	found := map[string][]string{}
	for _, file := range files {
		for _, decl := range file.Decls {
			fn, ok := decl.(*ast.FuncDecl)
			if !ok || fn.Body == nil {
				continue
			}
			name := fn.Name.Name
			if fn.Recv != nil {
				name = fmt.Sprintf("(*%s) %s", typeText(fn.Recv.List[0].Type), name)
			}
			found[name] = []string{}
			ast.Inspect(fn.Body, func(n ast.Node) bool {
				if text, ok := stringLiteral(n); ok {
					found[name] = append(found[name], text)
				}
				return true
			})
		}
	}
	return found
}

func stringLiteral(n ast.Node) (string, bool) {
	lit, ok := n.(*ast.BasicLit)
	if !ok || lit.Kind != token.STRING {
		return "", false
	}
	text, err := strconv.Unquote(lit.Value)
	return text, err == nil
}

// exceptionsIn keeps the names of errors among the literals of an error deserialiser.
func exceptionsIn(literals []string) []string {
	var names []string
	for _, text := range literals {
		if strings.HasSuffix(text, "Exception") && !strings.Contains(text, " ") {
			names = append(names, text)
		}
	}
	return names
}

// enumValues reads the Values methods of the enums, which keep the model's order.
func enumValues(files []*ast.File) map[string][]string {
	enums := map[string][]string{}
	for name, values := range stringsByFunc(files) {
		enum, ok := strings.CutSuffix(name, ") Values")
		if ok {
			enums[strings.TrimPrefix(enum, "(*")] = values
		}
	}
	return enums
}

// unsignedOperations reads the keys of operationAuthOptions, the SDK's list of
// operations whose only authentication scheme is anonymous.
func unsignedOperations(files []*ast.File) map[string]bool {
	names := map[string]bool{}
	for _, file := range files {
		ast.Inspect(file, func(n ast.Node) bool {
			spec, ok := n.(*ast.ValueSpec)
			if !ok || len(spec.Names) != 1 || spec.Names[0].Name != "operationAuthOptions" || len(spec.Values) != 1 {
				return true
			}
			for _, e := range spec.Values[0].(*ast.CompositeLit).Elts {
				pair := e.(*ast.KeyValueExpr)
				if name, ok := stringLiteral(pair.Key); ok && anonymous(pair.Value) {
					names[name] = true
				}
			}
			return false
		})
	}
	return names
}

func anonymous(option ast.Node) bool {
	found := false
	ast.Inspect(option, func(n ast.Node) bool {
		id, ok := n.(*ast.Ident)
		found = found || ok && id.Name == "SchemeIDAnonymous"
		return true
	})
	return found
}
