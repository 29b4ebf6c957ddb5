/*
 * The side of a warm runtime: a process that has started an interpreter, and makes boxes when zuko-init asks for them.
 *
 * zuko-init starts it with a socket as descriptor WARM_FD, under a name that programs do not have.
 */
#ifndef ZUKO_WARM_H
#define ZUKO_WARM_H

#define WARM_FD 3

struct warm_hooks {
	void (*before)(void);    /* before each box is made */
	void (*in_parent)(void); /* after it */
	void (*forked)(void);    /* in the process of a program, as soon as it exists; it has to wait for its start */
	char **argv;             /* that of main, not empty */
};

/* Serves zuko-init. Returns only in the process of a program, which has to run; ends with zuko-init. */
void warm_serve(const struct warm_hooks *hooks);

#endif
