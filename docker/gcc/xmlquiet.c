/* Debian 13's libcob was built with a newer libxml2 than the one that Debian 13 has, and every COBOL program would begin
   with a warning about that on standard error. Linked into each program, this takes the place of libxml2's own check. */
void xmlCheckVersion(int version) { (void)version; }
