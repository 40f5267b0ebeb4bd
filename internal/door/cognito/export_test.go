package cognito

// ServedRow is a row of the table, for tests from outside.
type ServedRow struct{ Name, Caller string }

// Served is the table.
func Served() (rows []ServedRow) {
	for _, r := range served {
		rows = append(rows, ServedRow{r.name, r.caller.String()})
	}
	return rows
}
