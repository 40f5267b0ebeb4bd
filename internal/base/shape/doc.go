// Package shape gives the wire types of the user pool API: one struct for each
// structure of the model, its limits as Check, its enums, and the table of the
// 126 operations.
//
//	requests_gen.go, responses_gen.go, types_gen.go   the structs
//	enums_gen.go                                      constants of every enum
//	operations_gen.go                                 Operations
//	checks_gen.go, limits_gen.go                      Check
//	redact_gen.go                                     Format, LogValue
//
// A member is a pointer, a slice or a map: nil means absent, and an empty map
// or slice that is not nil is written as {} or []. Enums are plain strings.
// Names, limits and texts come from the published models through tool/shapegen;
// what is written by hand here is how a limit is tested and told.
//
// Every struct prints its sensitive members as [redacted], through fmt and
// through slog. Encoders know nothing of that: a struct given to wire.Encode
// is written whole, and so is one nested in a value that encoding/json writes.
package shape

//go:generate go run -C ../../../tool ./shapegen
